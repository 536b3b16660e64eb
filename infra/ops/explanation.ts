import { stateNow } from '../../functions/policy/plan.ts';
import { PROBE_SECONDS } from '../../functions/policy/timing.ts';
import { instant, type Status } from '../../functions/status.ts';
import { adviceFor, tryCommand } from './advice.ts';
import { type Assessment, assess, takesCodes } from './assess.ts';
import type { Found } from './config.ts';
import type { CredentialsUse } from './credentials-use.ts';
import { clock, fromNow, seconds } from './words.ts';

export interface Part {
  readonly title: string;
  readonly sentences: readonly string[];
}

/** Everything a sentence may need. */
interface Case {
  readonly config: Found;
  readonly status: Status;
  readonly assessment: Assessment;
  readonly now: number;
  /** The command the reader can type. */
  readonly ops: string;
  /** Null where nobody has looked at the versions of the secret. */
  readonly use: CredentialsUse | null;
}

/** What a connection is, what happened, why, what happens next and what to do. Pure. */
export const explanation = (
  config: Found,
  status: Status | null,
  now: number,
  ops: string,
  use: CredentialsUse | null = null,
): readonly Part[] => {
  const assessment = assess(config, status, now, use);
  const what = { title: 'What it is', sentences: whatItIs(config, status) };
  if (status === null) {
    return [
      what,
      {
        title: 'How it stands',
        sentences: ['There is no status: its function has not finished a run, or somebody has deleted it.'],
      },
      { title: 'What happens next', sentences: [`A tick is due within ${seconds(config.tickSeconds)}.`] },
      {
        title: 'What to do',
        sentences: [
          `Nothing right after a deploy. Later: ask it with "${ops} refresh ${config.connection}", and look at its schedule and the log of ${config.functionName}.`,
        ],
      },
    ];
  }
  const known: Case = { config, status, assessment, now, ops, use };
  return [
    what,
    { title: 'How it stands', sentences: howItStands(known) },
    { title: 'What happened last', sentences: whatHappened(known) },
    { title: 'What happens next', sentences: whatIsNext(known) },
    { title: 'What to do', sentences: whatToDo(known) },
  ];
};

const whatItIs = (config: Found, status: Status | null): string[] => [
  `${config.connection} keeps a token of the provider ${config.provider} in ${config.tokenParameter}.`,
  takesCodes(config, status)
    ? `A token is documented to live ${seconds(config.lifetimeSeconds)}. It is issued for the code of a person who logs in; no schedule can renew it.`
    : `A token is documented to live ${seconds(config.lifetimeSeconds)}. It is renewed at half of the life it has left, at most ${seconds(config.renewBeforeSeconds)} before it expires.`,
  `Its function ${config.functionName} looks every ${seconds(config.tickSeconds)}. A reader may cache the token for ${seconds(config.safeCacheSeconds)}.`,
];

const howItStands = ({ status, assessment, now }: Case): string[] => {
  const { state, expiresAt, expired, overdue, fellBack } = assessment;
  const token =
    expiresAt === null
      ? 'There is no token.'
      : `The token (version ${status.tokenVersion}) ${expired ? 'expired' : 'is valid: it expires'} ${moment(expiresAt, now)}.`;
  return [
    `State: ${state}${expired ? ', and the token has expired' : ''}. ${token}`,
    ...(fellBack
      ? ['It was issued for AWSPREVIOUS: the provider rejected the credentials in AWSCURRENT.']
      : []),
    ...(overdue ? ['What was due has not been done: no run of its function has finished since.'] : []),
  ];
};

const whatHappened = ({ status, now }: Case): string[] => {
  const { lastAttempt, failures, reason } = status;
  const at = instant(lastAttempt?.at ?? null);
  const since = instant(failures.since);
  const { error } = failures;
  return [
    at === null || lastAttempt === null
      ? 'No token has been requested yet.'
      : `The last attempt was ${moment(at, now)}; it took ${seconds(lastAttempt.durationMs / 1000)} and ended as ${lastAttempt.outcome}.`,
    ...(reason === lastAttempt?.outcome ? [] : [`It says: ${reason}.`]),
    ...(error !== null && error.message !== reason ? [`The error was ${error.code}: ${error.message}.`] : []),
    ...(failures.consecutive > 1 && since !== null
      ? [`${failures.consecutive} attempts in a row have failed, the first ${moment(since, now)}.`]
      : []),
  ];
};

const whatIsNext = (known: Case): string[] => {
  const { config, status, assessment, now } = known;
  const tick = `within ${seconds(config.tickSeconds)}`;
  const nextAt = instant(status.nextAttemptAt);
  const next = nextAt === null || nextAt <= now ? `at the next tick, ${tick}` : moment(nextAt, now);
  switch (stateNow(status, now)) {
    case 'fresh': {
      const renewAt = instant(status.renewAt);
      return renewAt !== null && renewAt > now
        ? [
            `It was not refreshed since because it is not due. It renews ${moment(renewAt, now)}, give or take a tick.`,
          ]
        : [`Renewal is due: the next tick, ${tick}, does it.`];
    }
    case 'failing':
      return [
        `The failure may pass by itself, so the provider is asked again ${next}.`,
        ...whatReadersNotice(known),
      ];
    case 'blocked':
      return [
        status.failures.error?.code === 'credentials_rejected'
          ? 'The provider is left alone, as repeated logins can lock an account.'
          : 'The provider is left alone, as the same request would fail again.',
        'A new version of the secret is tried at once, and other settings at the first tick after their deployment.',
        `Without either, it is tried again ${next}, then ${probes(known)}.`,
        ...whatReadersNotice(known),
      ];
    case 'awaiting-credentials':
      return ['Its secret is empty. As soon as it has a value, the first token is requested.'];
    case 'reauthorization-required':
      if (takesCodes(config, status)) {
        return [
          'No schedule can get this token: it takes a person who logs in.',
          ...(known.use === 'empty' ? ['No login can succeed before its secret has a value.'] : []),
        ];
      }
      return [
        `The provider refuses the grant. It is tried again ${next}, then ${probes(known)}.`,
        ...whatReadersNotice(known),
      ];
    case 'paused': {
      const until = instant(status.pausedUntil) ?? now;
      const dies =
        assessment.expiresAt !== null && assessment.expiresAt > now && assessment.expiresAt < until;
      return [
        `Nothing until the pause ends ${moment(until, now)}.`,
        ...(dies ? ['The token expires before that, and nobody is alerted.'] : []),
      ];
    }
  }
};

/** How often a request is probed that would fail again; what a rejected login costs is not risked sooner. */
const probes = ({ status, assessment }: Case): string => {
  const code = status.failures.error?.code;
  const probe = `every ${seconds(PROBE_SECONDS)}`;
  const slowly = code === 'credentials_rejected' || code === 'invalid_grant';
  return slowly || assessment.expired || assessment.expiresAt === null
    ? probe
    : `at half of the life the token has left, but at least ${probe}`;
};

const whatReadersNotice = ({ status, assessment: { expired, expiresAt }, now }: Case): string[] => {
  if (expired || expiresAt === null) return [];
  return (instant(status.nextAttemptAt) ?? 0) > expiresAt
    ? [`Readers notice when the token expires ${moment(expiresAt, now)}: the next attempt comes later.`]
    : [`Readers notice nothing before the token expires ${moment(expiresAt, now)}.`];
};

const whatToDo = ({ config, status, assessment, ops, use }: Case): string[] => {
  const { connection, functionName } = config;
  if (assessment.overdue) {
    return [
      `Look at the schedule (is it enabled?), the failure queue and the log of ${functionName}.`,
      `To get a token now: ${ops} refresh ${connection} --force`,
    ];
  }
  if (assessment.fellBack) {
    return [
      'Nothing is broken for as long as the provider takes the credentials of before.',
      `To set others drops those. Try the others first: ${tryCommand(ops, config)}`,
      adviceFor('credentials_rejected', { ops, config, codes: false }),
    ];
  }
  if (assessment.state === 'fresh') return ['Nothing.'];
  if (assessment.state === 'paused') return [`To end the pause: ${ops} resume ${connection}`];
  const code =
    assessment.state === 'awaiting-credentials' ? 'credentials_empty' : (status.failures.error?.code ?? null);
  if (code === null) return [`Ask it: ${ops} refresh ${connection}`];
  const codes = takesCodes(config, status);
  const advice = adviceFor(code, { ops, config, codes });
  const force = `To try once more, whatever the state: ${ops} refresh ${connection} --force`;
  if (codes && use === 'empty') return [adviceFor('credentials_empty', { ops, config, codes }), advice];
  return assessment.state === 'awaiting-credentials' || codes ? [advice] : [advice, force];
};

/** `in 5m 2s (2026-01-31 03:12:09 UTC)`. */
const moment = (at: number, now: number): string => `${fromNow(at, now)} (${clock(at)})`;
