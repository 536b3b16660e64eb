import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { Context } from 'aws-lambda';
import { type Connection, codesPathOf, slotOf } from '../../functions/connection.ts';
import { codes } from '../../functions/edges/codes.ts';
import { secretReader } from '../../functions/edges/credentials.ts';
import { parameters } from '../../functions/edges/parameters.ts';
import { tree } from '../../functions/edges/tree.ts';
import { RefreshError } from '../../functions/errors.ts';
import { exchangeHandler } from '../../functions/exchange-handler.ts';
import { fingerprintOf } from '../../functions/issue.ts';
import type { TokenHttpResponse } from '../../functions/oauth/send.ts';
import { dialect } from '../../functions/providers/index.ts';
import { refreshHandler } from '../../functions/refresh-handler.ts';
import { watchHandler } from '../../functions/watch-handler.ts';
import { secretsManager, ssm } from '../properties/stores.ts';
import { type Outage, outages, seeded } from './outages.ts';

export interface SoakProps {
  readonly connection: Connection;
  readonly days: number;
  readonly seed: number;
  /** Outages that last longer than a connection can survive. */
  readonly longer: boolean;
}

/** What became of one connection. Times in seconds. */
export interface Soaked {
  readonly connection: string;
  readonly ticks: number;
  readonly outages: number;
  readonly longestOutageSeconds: number;
  /** How long an outage may last. */
  readonly survivableSeconds: number;
  readonly providerCalls: number;
  readonly tokens: number;
  /** How long a reader of the parameter would have held an expired token, or none. */
  readonly expiredSeconds: number;
  /** By how much outages went beyond what is survivable, and a tick for each that did. */
  readonly excusedSeconds: number;
  /** The least life a reader found in a token. */
  readonly leastLifeSeconds: number;
}

const START = Date.parse('2030-01-01T00:00:00Z');
const DAY = 86_400_000;

/**
 * Plays one connection's schedule in simulated time: the real handlers, policy and store code, a provider that issues
 * tokens for the documented lifetime, and outages of a random kind. A token that takes a person is logged in for after
 * a while, once the status asks for it.
 */
export const soak = async ({ connection, days, seed, longer }: SoakProps): Promise<Soaked> => {
  const random = seeded(seed ^ Number.parseInt(fingerprintOf(connection.connection).slice(0, 8), 16));
  const { lifetimeSeconds, renewBeforeSeconds, tickSeconds } = connection;
  const survivable = (renewBeforeSeconds - tickSeconds) * 1000;
  const end = START + days * DAY;
  const out = outages(random, {
    start: START + lifetimeSeconds * 1000,
    end,
    shortest: longer ? survivable : 0,
    longest: longer ? 2 * renewBeforeSeconds * 1000 : survivable,
    apart: 3 * tickSeconds * 1000,
  });
  let now = START;
  let calls = 0;
  const tokens: { readonly token: string; readonly storedAt: number; readonly expiresAt: number }[] = [];
  const issued = new Map<string, number>();
  const store = ssm();
  const secrets = secretsManager();

  const outage = () => out.find(({ from, to }) => from <= now && now < to);
  const send = async (): Promise<TokenHttpResponse> => {
    calls += 1;
    const sentAt = now;
    const current = outage();
    now += 50 + random() * 400;
    if (current !== undefined) return failing(sentAt, current);
    const token = `token-${issued.size + 1}`;
    issued.set(token, sentAt + lifetimeSeconds * 1000);
    return answer(sentAt, 200, { access_token: token, token_type: 'bearer', expires_in: lifetimeSeconds });
  };
  const failing = (sentAt: number, { from }: Outage): TokenHttpResponse => {
    const kind = Math.floor(from) % 4;
    if (kind === 0) throw new RefreshError('unreachable', 'no connection');
    if (kind === 1) {
      now += 8000;
      throw new RefreshError('timed_out', 'no answer');
    }
    return answer(sentAt, kind === 2 ? 503 : 429, {});
  };

  const client = {
    send: async (command: Parameters<typeof store.call>[0]) => {
      now += 5 + random() * 20;
      const result = store.call(command, null);
      const { Name, Value } = command.input as { Name?: string; Value?: string };
      const expiresAt = Name === connection.tokenParameter ? issued.get(Value ?? '') : undefined;
      if (expiresAt !== undefined) tokens.push({ token: Value ?? '', storedAt: now, expiresAt });
      return result;
    },
  } as unknown as SSMClient;
  const secret = {
    send: async ({ input }: { input: { VersionStage: string } }) => secrets.get(input.VersionStage, false),
  } as unknown as SecretsManagerClient;
  const slot = (subject: string | null) => parameters(() => client, slotOf(connection, subject));
  const told = { connection, logger: new Logger({ logLevel: 'SILENT' }), metrics: silentMetrics() };
  const edges = {
    readSecret: secretReader(() => secret, connection.secretArn),
    send,
    now: () => now,
    wait: async (ms: number) => {
      now += ms;
    },
  };
  const context = { awsRequestId: 'soak', getRemainingTimeInMillis: () => 60_000 } as Context;

  const { grant, redirectUris } = dialect(connection.provider, connection.settings);
  const takesAPerson = grant === 'authorization_code';
  const handler = takesAPerson
    ? watchHandler({
        ...told,
        edges: { slot, tree: tree(() => client), notify: async () => undefined, now: () => now },
      })
    : refreshHandler({ ...told, edges: { ...edges, parameters: slot(null), random } });

  let loginAt: number | null = null;
  let logins = 0;
  /** A person who hears of it now logs in a while later, but does not leave it to an outage to come. */
  const loginTime = (): number => {
    if (issued.size === 0) return now;
    const next = out.find(({ from }) => from > now)?.from ?? end;
    return outage()?.to ?? Math.min(now + random() * survivable * 0.9, next - 2 * tickSeconds * 1000);
  };
  /** Each leads to a code of its own. */
  const login = async (): Promise<void> => {
    logins += 1;
    const run = String(logins);
    const exchange = exchangeHandler({
      ...told,
      edges: {
        ...edges,
        slot,
        codes: codes(() => client, codesPathOf(connection)),
        timeout: () => new AbortController().signal,
        run: () => run,
      },
    });
    await exchange({ code: `code-${run}`, redirectUri: redirectUris?.[0] }, context);
  };

  const phase = random() * tickSeconds * 1000;
  let ticks = 0;
  for (let planned = START + phase; planned < end; planned += tickSeconds * 1000) {
    // A schedule is at least once, and not to the second.
    const invocations = random() < 0.001 ? 2 : 1;
    now = Math.max(now, planned + random() * 1000);
    for (let again = 0; again < invocations; again += 1) {
      ticks += 1;
      const result = await Promise.resolve(handler({}, context)).catch(() => null);
      if (takesAPerson && result?.state === 'reauthorization-required') {
        loginAt ??= loginTime();
      }
    }
    if (loginAt !== null && now >= loginAt) {
      loginAt = null;
      await login();
    }
  }

  const held = tokens.map(({ storedAt, expiresAt }, index) => ({
    until: tokens[index + 1]?.storedAt ?? end,
    storedAt,
    expiresAt,
  }));
  const excuses = out.map(({ from, to }) => Math.max(to - from - survivable, 0)).filter((ms) => ms > 0);
  return {
    connection: connection.connection,
    ticks,
    outages: out.length,
    longestOutageSeconds: Math.max(0, ...out.map(({ from, to }) => to - from)) / 1000,
    survivableSeconds: survivable / 1000,
    providerCalls: calls,
    tokens: tokens.length,
    expiredSeconds: sum(held.map(({ until, expiresAt }) => Math.max(until - expiresAt, 0))) / 1000,
    excusedSeconds: sum(excuses.map((ms) => ms + tickSeconds * 1000)) / 1000,
    leastLifeSeconds: Math.min(...held.map(({ until, expiresAt }) => expiresAt - until)) / 1000,
  };
};

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

const answer = (sentAt: number, status: number, body: object): TokenHttpResponse => ({
  status,
  retryAfter: null,
  body: Buffer.from(JSON.stringify(body)),
  sentAt,
});

const silent = () => undefined;

const silentMetrics = () => {
  const logger = { debug: silent, info: silent, warn: silent, error: silent };
  const metrics = new Metrics({ namespace: 'TokenRefresher', serviceName: 'token-refresher', logger });
  Object.assign(metrics, { console: { log: silent } });
  return metrics;
};
