import fc from 'fast-check';
import type { Behaviour } from './provider.ts';
import type { SsmFault } from './stores.ts';

const BEHAVIOURS: readonly Behaviour[] = [
  'issues',
  'issues-short',
  'issues-for-a-moment',
  'answers-same',
  'is-out',
  'issues-and-loses-the-answer',
  'asks-to-wait',
  'rejects',
  'moved',
  'answers-html',
];

const SSM_FAULTS: readonly (SsmFault | null)[] = [
  null,
  'refuses',
  'refuses-tokens',
  'refuses-statuses',
  'loses-answers',
  'reads-stale',
];

/** One thing that happens in the world. */
export type Happening =
  | { readonly kind: 'tick' }
  | { readonly kind: 'ops'; readonly action: 'force' | 'refresh' | 'pause' | 'resume' | 'status' }
  | { readonly kind: 'step'; readonly which: number; readonly times: number }
  | { readonly kind: 'die'; readonly which: number }
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'clock'; readonly seconds: number }
  | { readonly kind: 'provider'; readonly behaviour: Behaviour }
  | { readonly kind: 'ssm'; readonly fault: SsmFault | null }
  | { readonly kind: 'secrets'; readonly refuses: boolean }
  | { readonly kind: 'rotate'; readonly accepted: 'current' | 'previous' | 'any' }
  | { readonly kind: 'delete'; readonly what: 'token' | 'status' };

const which = fc.nat({ max: 3 });

/** Any sequence of provider answers, AWS faults, clock jumps, concurrent runs and process deaths. */
export const happenings: fc.Arbitrary<Happening[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Happening>({ kind: 'tick' }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('ops' as const),
        action: fc.constantFrom('force', 'force', 'refresh', 'pause', 'resume', 'status'),
      }),
    },
    {
      weight: 14,
      arbitrary: fc.record({
        kind: fc.constant('step' as const),
        which,
        times: fc.integer({ min: 1, max: 12 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('die' as const), which }) },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('wait' as const),
        seconds: fc.constantFrom(1, 30, 60, 60, 300, 900, 1000, 1799.5, 1800, 7200),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('clock' as const),
        seconds: fc.constantFrom(-86_400, -3600, -50, 50, 3600, 86_400),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('provider' as const),
        behaviour: fc.constantFrom(...BEHAVIOURS),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('ssm' as const), fault: fc.constantFrom(...SSM_FAULTS) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('secrets' as const), refuses: fc.boolean() }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('rotate' as const),
        accepted: fc.constantFrom('current', 'previous', 'any'),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('delete' as const),
        what: fc.constantFrom('token', 'status'),
      }),
    },
  ),
  { minLength: 1, maxLength: 60, size: 'max' },
);
