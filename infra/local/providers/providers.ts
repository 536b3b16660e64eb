import { dialect } from '../../../functions/providers/index.ts';
import { activeFaults, type Fault } from '../faults.ts';
import { alternativePayments } from './alternative-payments.ts';
import { type AuthorizationCodes, createAuthorizationCodes } from './authorization-codes.ts';
import { AUTHORIZE_PATH, authorize } from './authorize.ts';
import { byDialect } from './by-dialect.ts';
import { igni } from './igni.ts';
import { type Misbehaviour, misbehaviour } from './misbehaviour.ts';
import { oauth2 } from './oauth2.ts';
import { screeningEagle } from './screening-eagle.ts';
import type { Answer, SimulatedProvider } from './simulated-provider.ts';
import { createTokenEndpoint, type IssuedToken, type SimulatedClient } from './token-endpoint.ts';
import { type ArrivedRequest, basicCredentials, type ClientCredentials } from './token-request.ts';
import { uaePass } from './uae-pass.ts';
import { uqudo } from './uqudo.ts';

/** Those whose documentation says more than a dialect does. */
const PROVIDERS: Readonly<Record<string, (settings: never) => SimulatedProvider>> = {
  uqudo,
  'uae-pass': uaePass,
  'screening-eagle': screeningEagle,
  'alternative-payments': alternativePayments,
  igni,
  oauth2,
};

/** What the simulation needs to know of a connection. */
export interface SimulatedConnection {
  readonly connection: string;
  readonly provider: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly credentials: ClientCredentials;
}

/** @throws Error for a provider that is not known, or that cannot be simulated */
export const simulatedClient = ({
  connection,
  provider,
  settings,
  credentials,
}: SimulatedConnection): SimulatedClient => {
  const own = Object.hasOwn(PROVIDERS, provider) ? PROVIDERS[provider] : undefined;
  return {
    connection,
    provider: own?.(settings as never) ?? byDialect(provider, dialect(provider, settings)),
    credentials,
    redirectUris: (settings['redirectUris'] ?? []) as readonly string[],
  };
};

/** One request that reached a simulated provider. Holds no credential and no token. */
export interface RecordedRequest {
  readonly host: string;
  readonly path: string;
  readonly method: string;
  /** The connection it came from, as far as its client_id tells. */
  readonly connection: string | null;
  /** Null where no HTTP answer was given. */
  readonly status: number | null;
  /** Why it was refused; null where a token was issued. */
  readonly refused: string | null;
}

export interface Providers {
  /** @param now milliseconds since the epoch */
  readonly answer: (request: ArrivedRequest, now: number) => Answer | Misbehaviour;
  /** How long to hold an answer back: the fault `latency`. Milliseconds. */
  readonly latency: (request: ArrivedRequest, now: number) => number;
  readonly hosts: readonly string[];
  /** Every token issued, oldest first; of one client where a host and client_id are given. */
  readonly issued: (host?: string, client_id?: string) => readonly IssuedToken[];
  readonly requests: readonly RecordedRequest[];
  readonly codes: AuthorizationCodes;
}

export interface ProvidersProps {
  readonly clients: readonly SimulatedClient[];
  readonly faults?: readonly Fault[];
  /** Lifetimes are divided by it. @default 1 */
  readonly speed?: number;
  /** When faults begin to count: milliseconds since the epoch. @default 0 */
  readonly startedAt?: number;
}

/** Every simulated provider: data and rules, no sockets. */
export const createProviders = ({
  clients,
  faults = [],
  speed = 1,
  startedAt = 0,
}: ProvidersProps): Providers => {
  const issued: IssuedToken[] = [];
  const requests: RecordedRequest[] = [];
  const codes = createAuthorizationCodes();
  const at = ({ host, path }: Pick<ArrivedRequest, 'host' | 'path'>) =>
    clients.filter(({ provider }) => provider.host === host && provider.path === path);
  const endpoints = new Map(
    clients.map(({ provider: { host, path } }) => [
      `${host}${path}`,
      createTokenEndpoint({ clients: at({ host, path }), issued, codes, speed }),
    ]),
  );

  /** Whose request it is, told by the client_id wherever it stands: a fault comes before any check. */
  const connectionOf = (request: ArrivedRequest): string | null => {
    const registered = at(request);
    const named = clientIdIn(request);
    return registered.find(({ credentials }) => credentials.client_id === named)?.connection ?? null;
  };
  const faultsOf = (request: ArrivedRequest, now: number): Fault[] =>
    activeFaults(faults, connectionOf(request) ?? '', now - startedAt);

  const answered = (request: ArrivedRequest, now: number) => {
    const active = faultsOf(request, now);
    const instead = misbehaviour(active);
    if (instead !== null) {
      return { answer: instead, refused: `fault: ${active.map(({ kind }) => kind).join(', ')}` };
    }
    const here = clients.filter(({ provider }) => provider.host === request.host);
    if (here.length === 0) return { answer: { status: 421, body: '' }, refused: 'there is no such host' };
    const asks = here.filter(({ provider }) => provider.grant === 'authorization_code');
    if (request.path === AUTHORIZE_PATH && asks.length > 0) {
      return { answer: authorize(request, asks, codes, now), refused: null };
    }
    const endpoint = endpoints.get(`${request.host}${request.path}`);
    if (endpoint === undefined)
      return { answer: { status: 404, body: '' }, refused: 'there is no such path' };
    return endpoint(
      request,
      active.map(({ kind }) => kind),
      now,
    );
  };

  return {
    answer: (request, now) => {
      const { answer, refused } = answered(request, now);
      const { host, path, method } = request;
      const status = typeof answer === 'string' ? null : answer.status;
      requests.push({ host, path, method, connection: connectionOf(request), status, refused });
      return answer;
    },
    latency: (request, now) => faultsOf(request, now).find(({ kind }) => kind === 'latency')?.amount ?? 0,
    hosts: [...new Set(clients.map(({ provider }) => provider.host))],
    issued: (host, client_id) =>
      issued.filter(
        (token) =>
          (host === undefined || token.host === host) &&
          (client_id === undefined || token.client_id === client_id),
      ),
    requests,
    codes,
  };
};

const clientIdIn = ({ headers, body }: ArrivedRequest): string | null => {
  const basic = basicCredentials(headers.authorization)?.client_id;
  if (basic !== undefined) return new URLSearchParams(`v=${basic.replaceAll('+', '%2B')}`).get('v');
  return new URLSearchParams(body.toString('utf8')).get('client_id');
};
