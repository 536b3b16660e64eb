import type { FailureCode } from '../../functions/errors.ts';
import type { Token } from '../../functions/oauth/token-response.ts';
import { timing, timingFaults } from '../../functions/policy/timing.ts';
import { type Paint, seconds } from './words.ts';

/** What a token request came to: facts about the token, never the token. */
export type Verdict =
  | {
      readonly accepted: true;
      /** HTTP status. */
      readonly status: number;
      readonly latencyMs: number;
      readonly lifetimeSeconds: number;
      readonly documentedLifetimeSeconds: number;
      readonly tokenType: string;
      readonly form: 'JWT' | 'opaque';
      readonly bytes: number;
      readonly scope: string | null;
      readonly warnings: readonly string[];
    }
  | {
      readonly accepted: false;
      /** HTTP status; null where there was no answer. */
      readonly status: number | null;
      readonly code: FailureCode;
      readonly message: string;
    };

/** SSM's limit of a Standard parameter; above it, intelligent tiering makes it an Advanced one, which costs. */
const STANDARD_BYTES = 4096;

// Three parts, and a header that begins with `{"`.
const JWT = /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/;

/** Pure. */
export const verdictOf = (
  token: Token,
  { status, latencyMs, documented }: { status: number; latencyMs: number; documented: number },
): Verdict => {
  const lifetimeSeconds = Math.floor((token.expiresAt - token.issuedAt) / 1000);
  const bytes = token.access_token.length;
  return {
    accepted: true,
    status,
    latencyMs,
    lifetimeSeconds,
    documentedLifetimeSeconds: documented,
    tokenType: token.token_type,
    form: JWT.test(token.access_token) ? 'JWT' : 'opaque',
    bytes,
    scope: token.scope,
    warnings: [
      ...token.warnings,
      ...(bytes > STANDARD_BYTES
        ? [`over ${STANDARD_BYTES} bytes: SSM stores it as an Advanced parameter, which costs`]
        : []),
      ...timingFaults(timing(lifetimeSeconds))
        .slice(0, 1)
        .map((fault) => `with this lifetime the connection could not be kept fresh: ${fault}`),
    ],
  };
};

/** Pure. */
export const verdictLines = (provider: string, verdict: Verdict, paint: Paint): string[] => {
  const status = verdict.status === null ? 'no answer' : `HTTP ${verdict.status}`;
  if (!verdict.accepted) {
    return [
      `${paint('red', '✖')} ${paint('bold', provider)}: no token (${status})`,
      `  ${verdict.code}: ${verdict.message}`,
    ];
  }
  const { lifetimeSeconds, documentedLifetimeSeconds } = verdict;
  const documented =
    lifetimeSeconds === documentedLifetimeSeconds
      ? 'as documented'
      : `documented: ${seconds(documentedLifetimeSeconds)}`;
  return [
    `${paint('green', '✔')} ${paint('bold', provider)}: a token, ${status} in ${verdict.latencyMs} ms`,
    `  lifetime  ${seconds(lifetimeSeconds)} (${lifetimeSeconds} s, ${documented})`,
    `  type      ${verdict.tokenType}, ${verdict.form}, ${verdict.bytes} bytes`,
    `  scope     ${verdict.scope ?? 'not told'}`,
    ...verdict.warnings.map((warning) => `  ${paint('yellow', 'warning')}   ${warning}`),
  ];
};
