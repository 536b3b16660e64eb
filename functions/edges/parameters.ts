import {
  DeleteParameterCommand,
  GetParameterCommand,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { Connection } from '../connection.ts';
import { RefreshError } from '../errors.ts';
import { scrub } from '../oauth/scrub.ts';
import { mergeStatus } from '../policy/merge.ts';
import { parseStatus, type Status, serializeStatus } from '../status.ts';

/** A status and the SSM version it was read at; version 0 where there is none yet. */
export interface StoredStatus {
  readonly status: Status | null;
  readonly version: number;
}

/** The store protocol: write the token first, then the status with the version the token got. */
export interface Parameters {
  readonly readStatus: (signal?: AbortSignal) => Promise<StoredStatus>;
  /** Answers the version the token got. */
  readonly writeToken: (access_token: string, signal?: AbortSignal) => Promise<number>;
  /**
   * Writes nothing where the status is the one that was read. Where another run has written meanwhile, the two are merged (`mergeStatus`) and
   * written again, bounded.
   */
  readonly writeStatus: (status: Status, read: StoredStatus, signal?: AbortSignal) => Promise<void>;
  readonly deleteToken: (signal?: AbortSignal) => Promise<void>;
}

type Stored = Pick<Connection, 'tokenParameter' | 'statusParameter' | 'keyArn'>;

const MERGES = 3;

/**
 * A connection's parameters in SSM.
 *
 * @throws RefreshError `status_unreadable`, `status_not_stored`, `token_not_stored`
 */
export const parameters = (
  client: () => SSMClient,
  { tokenParameter, statusParameter, keyArn }: Stored,
): Parameters => {
  const get = async (Name: string, signal?: AbortSignal): Promise<StoredStatus> => {
    const { Parameter } = await client().send(new GetParameterCommand({ Name }), options(signal));
    return { status: parseStatus(Parameter?.Value ?? ''), version: Parameter?.Version ?? 0 };
  };
  const put = async (status: Status, signal?: AbortSignal): Promise<number> => {
    const written = await client().send(
      new PutParameterCommand({
        Name: statusParameter,
        Value: serializeStatus(status),
        Type: 'String',
        Tier: 'Intelligent-Tiering',
        Overwrite: true,
      }),
      options(signal),
    );
    return written.Version ?? 0;
  };

  return {
    async readStatus(signal) {
      try {
        return await get(statusParameter, signal);
      } catch (cause) {
        if (nameOf(cause) === 'ParameterNotFound') return { status: null, version: 0 };
        throw new RefreshError('status_unreadable', `the status could not be read (${nameOf(cause)})`, {
          cause,
        });
      }
    },

    async writeToken(access_token, signal) {
      try {
        const written = await client().send(
          new PutParameterCommand({
            Name: tokenParameter,
            Value: access_token,
            Type: 'SecureString',
            Tier: 'Intelligent-Tiering',
            Overwrite: true,
            ...(keyArn === null ? {} : { KeyId: keyArn }),
          }),
          options(signal),
        );
        return written.Version ?? 0;
      } catch (cause) {
        // No cause: SSM's validation errors quote the value.
        throw new RefreshError('token_not_stored', notStored(cause, tokenParameter, access_token));
      }
    },

    async writeStatus(status, read, signal) {
      if (status === read.status) return;
      try {
        let [mine, expected] = [status, read.version + 1];
        for (let merge = 0; merge <= MERGES; merge += 1) {
          const written = await put(mine, signal);
          if (written <= expected) return;
          const other = (await get(`${statusParameter}:${written - 1}`, signal)).status;
          const merged = other === null ? mine : mergeStatus(read.status, mine, other);
          if (merged === mine) return;
          [mine, expected] = [merged, written + 1];
        }
      } catch (cause) {
        throw new RefreshError('status_not_stored', `the status could not be written (${nameOf(cause)})`, {
          cause,
        });
      }
    },

    async deleteToken(signal) {
      try {
        await client().send(new DeleteParameterCommand({ Name: tokenParameter }), options(signal));
      } catch (cause) {
        if (nameOf(cause) === 'ParameterNotFound') return;
        throw new RefreshError(
          'token_not_stored',
          `the expired token could not be deleted (${nameOf(cause)})`,
          {
            cause,
          },
        );
      }
    },
  };
};

const options = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { abortSignal: signal });

const nameOf = (cause: unknown): string => (cause instanceof Error ? cause.name : 'unknown');

const notStored = (cause: unknown, parameter: string, access_token: string): string => {
  const name = nameOf(cause);
  const said = cause instanceof Error ? scrub(cause.message, [access_token]) : '';
  if (name === 'ParameterMaxVersionLimitExceeded') {
    const version = /version (\d+)/i.exec(said)?.[1] ?? 'the oldest version';
    return (
      `SSM keeps 100 versions of ${parameter} and cannot drop version ${version}, which carries a label: ` +
      'remove the label (aws ssm get-parameter-history shows it, aws ssm unlabel-parameter-version removes it)'
    );
  }
  return `the new token was issued but not stored (${name}: ${said})`;
};
