import type { Credentials } from '../../functions/oauth/client-authentication.ts';
import { send } from '../../functions/oauth/send.ts';
import { tokenRequest } from '../../functions/oauth/token-request.ts';
import { type Token, tokenFrom } from '../../functions/oauth/token-response.ts';
import { dialect } from '../../functions/providers/index.ts';

/** One token over the network: the provider `oauth2` with these settings, through the code the functions run. */
export const askForToken = async (
  settings: object,
  credentials: Credentials,
  grantParameters: Readonly<Record<string, string>> = {},
): Promise<Token> => {
  const spoken = dialect('oauth2', { lifetimeSeconds: 3600, ...settings });
  const request = await tokenRequest(spoken, credentials, grantParameters);
  const response = await send(request, { timeoutMs: 20_000 });
  return tokenFrom(response, {
    lifetimeSeconds: spoken.lifetimeSeconds,
    scope: typeof spoken.parameters?.['scope'] === 'string' ? spoken.parameters['scope'] : undefined,
    secrets: [credentials.client_secret],
  });
};
