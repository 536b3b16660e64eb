import type { AuthorizationCodes } from './authorization-codes.ts';
import type { Answer, Refusal, SimulatedProvider } from './simulated-provider.ts';
import { json } from './simulated-provider.ts';
import {
  type ArrivedRequest,
  basicCredentials,
  bodyParameters,
  type ClientCredentials,
  duplicate,
  type Pairs,
  parameterOf,
} from './token-request.ts';

/** A connection's registration with its provider. */
export interface SimulatedClient {
  readonly connection: string;
  readonly provider: SimulatedProvider;
  readonly credentials: ClientCredentials;
  /** authorization_code only. */
  readonly redirectUris: readonly string[];
}

/** A token a simulated provider has issued. Times are milliseconds since the epoch. */
export interface IssuedToken {
  readonly connection: string;
  readonly host: string;
  readonly client_id: string;
  readonly access_token: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  revoked: boolean;
}

/** What happens to a request beside its answer. */
export interface TokenAnswer {
  readonly answer: Answer;
  /** Why it was refused, for the person who runs the sandbox; null where a token was issued. */
  readonly refused: string | null;
}

export interface TokenEndpointProps {
  /** Registrations at this host and path; all of one provider. */
  readonly clients: readonly SimulatedClient[];
  readonly issued: IssuedToken[];
  readonly codes: AuthorizationCodes;
  /** Lifetimes are divided by it. */
  readonly speed: number;
}

/** RFC 8707 §2 lets `resource` repeat; RFC 6749 §3.2 lets nothing else. */
const REPEATABLE = ['resource'];
const CREDENTIALS = ['client_id', 'client_secret'];
const SECOND = 1000;

/** A token endpoint that refuses whatever its documentation would refuse. */
export const createTokenEndpoint = ({ clients, issued, codes, speed }: TokenEndpointProps) => {
  const recent = new Map<string, number[]>();
  const exchanged = new Map<string, IssuedToken>();

  const tooMany = (client_id: string, perSecond: number | undefined, now: number): boolean => {
    const within = [...(recent.get(client_id) ?? []).filter((at) => at > now - SECOND), now];
    recent.set(client_id, within);
    return perSecond !== undefined && within.length > perSecond;
  };

  const issue = (client: SimulatedClient, parameters: Pairs, active: readonly string[], now: number) => {
    const { provider, connection, credentials } = client;
    const { client_id } = credentials;
    const earlier = issued.filter((token) => token.connection === connection && !token.revoked);
    const same = active.includes('same-token')
      ? earlier.findLast(({ expiresAt }) => expiresAt > now)
      : undefined;
    const expiresIn = Math.max(1, Math.floor(provider.lifetimeSeconds / speed));
    const grant = {
      client_id,
      host: provider.host,
      issuedAt: Math.floor(now / SECOND),
      expiresIn: same === undefined ? expiresIn : Math.ceil((same.expiresAt - now) / SECOND),
      scope: parameterOf(parameters, 'scope'),
    };
    if (active.includes('revoke')) for (const token of earlier) token.revoked = true;
    const token = same ?? {
      connection,
      host: provider.host,
      client_id,
      access_token: provider.mint(grant),
      issuedAt: now,
      expiresAt: now + expiresIn * SECOND,
      revoked: false,
    };
    if (same === undefined) issued.push(token);
    return { token, answer: json(200, provider.body(token.access_token, grant)) };
  };

  const codeRefusal = (client: SimulatedClient, parameters: Pairs, now: number): Refusal | null => {
    const code = parameterOf(parameters, 'code');
    const redirect_uri = parameterOf(parameters, 'redirect_uri');
    if (code === null || redirect_uri === null) {
      return { status: 400, error: 'invalid_request', description: 'code and redirect_uri are required' };
    }
    const consumed = codes.consume(code, { client_id: client.credentials.client_id, redirect_uri }, now);
    if (consumed === 'valid') return null;
    if (consumed === 'reused') {
      const token = exchanged.get(code);
      if (token !== undefined) token.revoked = true;
    }
    return {
      status: 400,
      error: 'invalid_grant',
      description: consumed === 'reused' ? 'codeNotFound' : consumed,
    };
  };

  /** @param active the kinds of faults that hold for the client: `rejected`, `same-token` and `revoke` matter here */
  return (request: ArrivedRequest, active: readonly string[], now: number): TokenAnswer => {
    const provider = clients[0]?.provider;
    if (provider === undefined)
      return { answer: { status: 404, body: '' }, refused: 'nobody is registered here' };
    const refuse = (refusal: Refusal): TokenAnswer => ({
      answer: provider.refusal(refusal),
      refused: refusal.description,
    });

    const parameters = bodyParameters(request, provider.format);
    const fault = formFault(request, parameters, provider);
    if (fault !== null || parameters === null) return refuse(fault ?? invalid('the body cannot be read'));

    const credentials = credentialsOf(request, parameters, provider);
    const client = clients.find((each) => each.credentials.client_id === credentials?.client_id);
    if (client === undefined) {
      return { answer: provider.unregistered ?? provider.rejected, refused: 'the client is not registered' };
    }
    if (client.credentials.client_secret !== credentials?.client_secret || active.includes('rejected')) {
      return { answer: provider.rejected, refused: 'the credentials are rejected' };
    }
    if (tooMany(credentials.client_id, provider.perSecond, now)) {
      const description = `more than ${provider.perSecond} requests a second`;
      return refuse({ status: 429, error: 'rate_limited', description, headers: { 'retry-after': '1' } });
    }
    const asked = parameterOf(parameters, 'grant_type');
    if (asked === null) return refuse(invalid('grant_type is required'));
    if (asked !== provider.grant) {
      const description = `grant_type must be ${provider.grant}`;
      return refuse({ status: 400, error: 'unsupported_grant_type', description });
    }
    const code = provider.grant === 'authorization_code' ? codeRefusal(client, parameters, now) : null;
    const refusal = client.provider.refuses?.(request, parameters) ?? code;
    if (refusal !== null) return refuse(refusal);

    const { token, answer } = issue(client, parameters, active, now);
    const spent = parameterOf(parameters, 'code');
    if (spent !== null) exchanged.set(spent, token);
    return { answer, refused: null };
  };
};

const invalid = (description: string): Refusal => ({ status: 400, error: 'invalid_request', description });

/** What is wrong with the request's form, before anybody looks at the credentials. */
const formFault = (
  request: ArrivedRequest,
  parameters: Pairs | null,
  provider: SimulatedProvider,
): Refusal | null => {
  const { method, query, headers } = request;
  if (method !== 'POST') {
    return {
      status: 405,
      error: 'invalid_request',
      description: 'the method must be POST',
      headers: { allow: 'POST' },
    };
  }
  if (query !== '') return invalid('parameters belong in the body, not in the URL');
  if (parameters === null) {
    const type = provider.format === 'form' ? 'application/x-www-form-urlencoded' : 'multipart/form-data';
    return {
      status: 415,
      error: 'invalid_request',
      description: `the content type must be ${type}, with nothing behind it but a boundary`,
    };
  }
  const twice = duplicate(parameters.filter(([name]) => !REPEATABLE.includes(name)));
  if (twice !== null) return invalid(`${twice} is there twice`);
  if (provider.credentialsIn === 'header' && parameters.some(([name]) => CREDENTIALS.includes(name))) {
    return invalid('credentials belong in the Authorization header, not in the body');
  }
  if (provider.credentialsIn === 'body' && headers.authorization !== undefined) {
    return invalid('credentials belong in the body, not in the Authorization header');
  }
  return null;
};

const credentialsOf = (
  { headers }: ArrivedRequest,
  parameters: Pairs,
  { credentialsIn, formDecoded = false }: SimulatedProvider,
): ClientCredentials | null => {
  if (credentialsIn === 'body') {
    const client_id = parameterOf(parameters, 'client_id');
    const client_secret = parameterOf(parameters, 'client_secret');
    return client_id === null || client_secret === null ? null : { client_id, client_secret };
  }
  const basic = basicCredentials(headers.authorization);
  if (basic === null || !formDecoded) return basic;
  return { client_id: formDecode(basic.client_id), client_secret: formDecode(basic.client_secret) };
};

const formDecode = (value: string): string => new URLSearchParams(`v=${value}`).get('v') ?? '';
