import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { Context } from 'aws-lambda';
import type { Connection } from '../../functions/connection.ts';
import { secretReader } from '../../functions/edges/credentials.ts';
import { parameters } from '../../functions/edges/parameters.ts';
import type { Answer } from '../../functions/event.ts';
import { fingerprintOf } from '../../functions/issue.ts';
import { timing } from '../../functions/policy/timing.ts';
import { refreshHandler } from '../../functions/refresh-handler.ts';
import { parseStatus, type Status } from '../../functions/status.ts';
import { type Behaviour, provider } from './provider.ts';
import { type SsmFault, secretsManager, ssm } from './stores.ts';

export const START = Date.parse('2030-01-01T00:00:00Z');
const LIFETIME = 1800;
const { renewBeforeSeconds, tickSeconds } = timing(LIFETIME);

const CONNECTION: Connection = {
  connection: 'uqudo',
  provider: 'uqudo',
  settings: {},
  secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:uqudo-AbCdEf',
  tokenParameter: '/token-refresher/tokens/uqudo',
  statusParameter: '/token-refresher/status/uqudo',
  keyArn: null,
  lifetimeSeconds: LIFETIME,
  renewBeforeSeconds,
  tickSeconds,
};

export type Event = Readonly<Record<string, unknown>>;

/** One invocation under way. It stands at an await until the schedule lets it go on, or ends it there. */
export interface Run {
  readonly id: number;
  readonly event: Event;
  readonly startedAt: number;
  state: 'running' | 'done' | 'failed' | 'killed';
  answer: Answer | undefined;
  /** It died, or not even its status could be written. */
  leftNoTrace: boolean;
  /** It went on from what SSM had held before. */
  readStale: boolean;
  /** Where it stands: the call it waits for, before or after that call has had its effect. */
  readonly at: () => string | null;
  /** Runs that were under way at the same time. */
  readonly beside: Set<Run>;
}

interface Gate {
  readonly run: Run;
  readonly label: string;
  effect: (() => unknown) | null;
  settle: () => void;
}

/**
 * A world with one connection in it: SSM with versions, Secrets Manager, a provider, a clock; and the real refresh
 * function. Each call of a run takes two steps, its effect and its answer, and nothing happens between two steps: so
 * runs interleave at every await, and a run can die at every one, before or after the call took effect.
 */
export const model = ({ revokes = false } = {}) => {
  const clock = { time: START, offset: 0 };
  const now = () => clock.time + clock.offset;
  const gates: Gate[] = [];
  const runs: Run[] = [];
  const store = ssm();
  const secrets = secretsManager();
  const issuer = provider({ revokes, lifetimeSeconds: LIFETIME, time: () => clock.time, now });
  const setBackUnder = new Set<Run>();
  const faults: { ssm: SsmFault | null; secretsManager: boolean } = { ssm: null, secretsManager: false };

  const gate = <T>(run: Run, label: string, effect: () => T): Promise<T> =>
    new Promise((resolve, reject) => {
      const waiting: Gate = { run, label, effect, settle: () => undefined };
      waiting.effect = () => {
        try {
          const value = effect();
          waiting.settle = () => resolve(value);
        } catch (error) {
          waiting.settle = () => reject(error);
        }
      };
      gates.push(waiting);
    });

  const start = (event: Event = {}): Run => {
    const others = runs.filter(({ state }) => state === 'running');
    const run: Run = {
      id: runs.length,
      event,
      startedAt: clock.time,
      state: 'running',
      answer: undefined,
      leftNoTrace: false,
      readStale: false,
      at: () => gates.find((waiting) => waiting.run === run)?.label ?? null,
      beside: new Set(others),
    };
    for (const other of others) other.beside.add(run);
    runs.push(run);
    const handler = refreshHandler({
      connection: CONNECTION,
      edges: {
        parameters: parameters(
          () =>
            ({
              send: (command: { input: object; constructor: { name: string } }) =>
                gate(run, command.constructor.name, () => {
                  if (faults.ssm === 'reads-stale') run.readStale = true;
                  return store.call(command, faults.ssm);
                }),
            }) as unknown as SSMClient,
          CONNECTION,
        ),
        readSecret: secretReader(
          () =>
            ({
              send: (command: { input: { VersionStage: string } }) =>
                gate(run, 'GetSecretValueCommand', () =>
                  secrets.get(command.input.VersionStage, faults.secretsManager),
                ),
            }) as unknown as SecretsManagerClient,
          CONNECTION.secretArn,
        ),
        send: (request) => gate(run, 'token request', () => issuer.answer(request, run)),
        now,
        wait: (ms) =>
          gate(run, 'wait', () => {
            clock.time += ms;
          }),
        random: () => 0.5,
      },
      logger: new Logger({ logLevel: 'SILENT' }),
      metrics: silentMetrics(),
    });
    const context = { awsRequestId: `request-${run.id}`, getRemainingTimeInMillis: () => 60_000 };
    Promise.resolve(handler(event, context as Context)).then(
      (answer) => {
        run.state = 'done';
        run.answer = answer as Answer;
        run.leftNoTrace = run.answer.reason.startsWith('the status could not be written');
      },
      (error) => {
        run.state = 'failed';
        run.leftNoTrace = error.code === 'status_not_stored';
        if (error instanceof TypeError) throw error;
      },
    );
    return run;
  };

  /** Lets the run take its next step: its call has its effect, or the answer arrives. */
  const step = async (run: Run): Promise<void> => {
    const index = gates.findIndex((waiting) => waiting.run === run);
    const waiting = gates[index];
    if (waiting === undefined) return settled();
    if (waiting.effect !== null) {
      waiting.effect();
      waiting.effect = null;
    } else {
      gates.splice(index, 1);
      waiting.settle();
    }
    return settled();
  };

  const finish = async (run: Run): Promise<Run> => {
    await settled();
    while (run.state === 'running') await step(run);
    return run;
  };

  /** The process dies where it stands: what it had asked for and not been answered is lost. */
  const kill = (run: Run) => {
    const index = gates.findIndex((waiting) => waiting.run === run);
    if (index >= 0) gates.splice(index, 1);
    run.state = 'killed';
    run.leftNoTrace = true;
  };

  return {
    connection: CONNECTION,
    store,
    secrets,
    issuer,
    faults,
    runs,
    now,
    start: async (event?: Event) => {
      const run = start(event);
      await settled();
      return run;
    },
    step,
    finish,
    /** A whole invocation, from its start to its end. */
    invoke: async (event?: Event): Promise<Run> => finish(start(event)),
    kill,
    /**
     * Whether the run that got the latest token, or one beside it, died or was refused every write, or had read what SSM
     * held before another run's write: the one case in which a token that a server revoked by issuing another stays
     * stored until it is due. SSM has no lock.
     */
    tokenIsLost: () => {
      const last = issuer.issued.at(-1)?.to;
      if (!revokes || last === undefined) return false;
      const aDeathBeside = last.beside.size > 0 && [last, ...last.beside].some((run) => run.leftNoTrace);
      return aDeathBeside || (last.leftNoTrace && last.readStale);
    },
    running: () => runs.filter(({ state }) => state === 'running'),
    /** Time passes. Lambda ends what has run for a minute. */
    advance: (seconds: number) => {
      clock.time += seconds * 1000;
      for (const run of runs) if (run.state === 'running' && clock.time - run.startedAt >= 60_000) kill(run);
    },
    /** Runs that were at work when the clock was set back: what they write yet has times of two clocks. */
    setBackUnder,
    /** Sets the function's clock, not the provider's. */
    jump: (seconds: number) => {
      clock.offset += seconds * 1000;
      if (seconds < 0) for (const run of runs) if (run.state === 'running') setBackUnder.add(run);
    },
    behave: (behaviour: Behaviour) => issuer.behave(behaviour),
    token: () => store.value(CONNECTION.tokenParameter),
    tokenVersion: () => store.version(CONNECTION.tokenParameter),
    status: (): Status | null => parseStatus(store.value(CONNECTION.statusParameter) ?? ''),
    /** The token a status describes. */
    described: (status: Status) =>
      issuer.issued.find(({ token }) => fingerprintOf(token) === status.fingerprint),
  };
};

export type Model = ReturnType<typeof model>;

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

const silent = () => undefined;

const silentMetrics = () => {
  const logger = { debug: silent, info: silent, warn: silent, error: silent };
  const metrics = new Metrics({ namespace: 'TokenRefresher', serviceName: 'token-refresher', logger });
  Object.assign(metrics, { console: { log: silent } });
  return metrics;
};
