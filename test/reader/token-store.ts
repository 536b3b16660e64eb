import type { GetParametersCommand, Parameter } from '@aws-sdk/client-ssm';
import type { ReaderClient } from '../../functions/reader/index.ts';

/** Token and status parameters in memory, as a reader's client sees them. Times are milliseconds since the epoch. */
export const createTokenStore = (prefix = '/token-refresher') => {
  const parameters = new Map<string, Parameter>();
  const reads: GetParametersCommand['input'][] = [];
  let failure: Error | undefined;
  let hang = false;
  let frozen: Promise<void> | undefined;
  let version = 0;

  const put = (kind: 'tokens' | 'status', connection: string, Value: string, Version?: number) => {
    const Name = `${prefix}/${kind}/${connection}`;
    parameters.set(Name, { Name, Value, ...(Version === undefined ? {} : { Version }) });
  };

  const client: ReaderClient = {
    async send({ input }: GetParametersCommand, { abortSignal } = {}) {
      reads.push(input);
      const found = (input.Names ?? []).map((name) => [name, parameters.get(name)] as const);
      if (hang) {
        await new Promise((_, reject) =>
          abortSignal?.addEventListener('abort', () => reject(abortSignal.reason)),
        );
      }
      const thawed = frozen;
      frozen = undefined;
      await thawed;
      if (failure !== undefined) throw failure;
      return {
        Parameters: found.flatMap(([, parameter]) => parameter ?? []),
        InvalidParameters: found.flatMap(([name, parameter]) => (parameter === undefined ? name : [])),
        $metadata: {},
      };
    },
  };

  return {
    client,
    reads,
    /** Writes the token only, as the writer does first. Answers its version. */
    writeToken(connection: string, token: string): number {
      version += 1;
      put('tokens', connection, token, version);
      return version;
    },
    writeStatus(connection: string, status: Readonly<Record<string, unknown>>): void {
      put('status', connection, JSON.stringify({ schema: 1, connection, ...status }));
    },
    /** Writes token and status. */
    write(connection: string, token: string, expiresAt: number): number {
      const tokenVersion = this.writeToken(connection, token);
      this.writeStatus(connection, {
        state: 'fresh',
        tokenVersion,
        expiresAt: new Date(expiresAt).toISOString(),
      });
      return tokenVersion;
    },
    put,
    remove(kind: 'tokens' | 'status', connection: string): void {
      parameters.delete(`${prefix}/${kind}/${connection}`);
    },
    fail(error: Error | undefined): void {
      failure = error;
    },
    /** The next read ends only when the function answered is called. */
    freezeNext(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>();
      frozen = promise;
      return resolve;
    },
    /** Reads do not end before they are given up. */
    hang(): void {
      hang = true;
    },
  };
};

/** An error as the SDK throws it. */
export const awsError = (name: string): Error => Object.assign(new Error(`${name} by AWS`), { name });
