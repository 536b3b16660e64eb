import { parseCredentials } from '../../functions/edges/credentials.ts';
import { RefreshError } from '../../functions/errors.ts';
import { secretsOf } from '../../functions/oauth/scrub.ts';
import { send } from '../../functions/oauth/send.ts';
import { tokenRequest } from '../../functions/oauth/token-request.ts';
import { tokenFrom } from '../../functions/oauth/token-response.ts';
import { REQUEST_TIMEOUT_SECONDS } from '../../functions/policy/timing.ts';
import { dialect } from '../../functions/providers/index.ts';
import type { Dialect } from '../../functions/providers/provider.ts';
import type { Place } from './aws.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { readHidden } from './input.ts';
import { parseSettings } from './settings.ts';
import { type Verdict, verdictLines, verdictOf } from './try-verdict.ts';
import { painter } from './words.ts';
import type { World } from './world.ts';

interface Options {
  readonly set?: readonly string[];
  readonly redirectUri?: string;
  readonly json?: boolean;
}

/**
 * One real token request from this machine, judged as a refresh would judge it. No AWS; the token is neither shown
 * nor kept.
 */
export const tryProvider = async (
  world: World,
  _place: Place,
  provider: string,
  options: Options,
): Promise<ExitCode> => {
  const spoken = dialect(provider, parseSettings(provider, options.set ?? []));
  const verdict = await requested(world, spoken, options.redirectUri);
  world.stdout.write(
    options.json === true
      ? `${JSON.stringify({ provider, ...verdict }, null, 2)}\n`
      : verdictLines(provider, verdict, painter(world))
          .map((line) => `${line}\n`)
          .join(''),
  );
  return verdict.accepted ? EXIT.ok : EXIT.attention;
};

const requested = async (
  world: World,
  spoken: Dialect,
  redirectUri: string | undefined,
): Promise<Verdict> => {
  const names = ['client_id', 'client_secret'] as const;
  const needsCode = spoken.grant === 'authorization_code';
  // The code last: it lives seconds.
  const typed = await readHidden(world, needsCode ? [...names, 'code'] : names);
  const { client_id, client_secret } = typed;
  const credentials = parseCredentials(JSON.stringify({ client_id, client_secret }));
  const code = 'code' in typed ? String(typed.code) : null;
  const grant: Record<string, string> =
    code === null ? {} : { code, redirect_uri: redirectUri ?? spoken.redirectUris?.[0] ?? '' };
  const secrets = [...secretsOf(credentials), ...(code === null ? [] : [code])];
  const scope = spoken.parameters?.['scope'];
  let status: number | null = null;
  try {
    const request = await tokenRequest(spoken, credentials, grant);
    const response = await send(request, { timeoutMs: REQUEST_TIMEOUT_SECONDS * 1000, now: world.now });
    status = response.status;
    const latencyMs = world.now() - response.sentAt;
    const token = tokenFrom(response, {
      lifetimeSeconds: spoken.lifetimeSeconds,
      scope: typeof scope === 'string' ? scope : undefined,
      secrets,
    });
    return verdictOf(token, { status, latencyMs, documented: spoken.lifetimeSeconds });
  } catch (error) {
    if (!(error instanceof RefreshError)) throw error;
    return { accepted: false, status: error.status ?? status, code: error.code, message: error.message };
  }
};
