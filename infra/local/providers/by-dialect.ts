import { isDeepStrictEqual } from 'node:util';
import type { ClientAuthentication } from '../../../functions/oauth/client-authentication.ts';
import type { Dialect } from '../../../functions/providers/provider.ts';
import { type OAuth2Settings, oauth2 } from './oauth2.ts';
import type { Refusal, SimulatedProvider } from './simulated-provider.ts';
import { basicCredentials, type Pairs } from './token-request.ts';

/**
 * A provider without a simulation of its own: a server by the letter of RFC 6749 that asks for exactly what the dialect
 * says. It cannot tell whether the dialect is what the provider's documentation says.
 *
 * @throws Error for a dialect whose credentials are neither HTTP Basic nor in the body
 */
export const byDialect = (id: string, dialect: Dialect): SimulatedProvider => {
  const { tokenEndpoint, lifetimeSeconds, grant, bodyFormat = 'form', parameters = {} } = dialect;
  const authentication = authenticationOf(dialect.clientAuthentication);
  if (authentication === null) {
    throw new Error(
      `the sandbox cannot tell how "${id}" sends its credentials: simulate it in infra/local/providers/`,
    );
  }
  return {
    ...oauth2({ tokenEndpoint, lifetimeSeconds, grant, bodyFormat, ...authentication }),
    refuses: (_, found) => parameterRefusal(parameters, found),
  };
};

/** Told by what it makes of a secret that looks different in each of the ways. */
const authenticationOf = (
  authenticate: ClientAuthentication,
): Pick<OAuth2Settings, 'clientAuthentication' | 'encoding'> | null => {
  const { headers, parameters } = authenticate({ client_id: 'id', client_secret: 'a b' });
  const inBody = parameters['client_id'] === 'id' && parameters['client_secret'] === 'a b';
  if (inBody) return { clientAuthentication: 'client_secret_post' };
  const sent = basicCredentials(headers['authorization'])?.client_secret;
  if (sent === 'a b') return { clientAuthentication: 'client_secret_basic' };
  return sent === 'a+b' ? { clientAuthentication: 'client_secret_basic', encoding: 'rfc6749' } : null;
};

/** The first parameter of the dialect that the body does not have as it should be. */
const parameterRefusal = (parameters: NonNullable<Dialect['parameters']>, found: Pairs): Refusal | null => {
  const wrong = Object.entries(parameters).find(([name, value]) => {
    const values = found.filter(([each]) => each === name).map(([, each]) => each);
    return !isDeepStrictEqual(values, [value].flat());
  });
  if (wrong === undefined) return null;
  const [name] = wrong;
  return {
    status: 400,
    error: name === 'scope' ? 'invalid_scope' : 'invalid_request',
    description: `${name} must be there as the dialect says`,
  };
};
