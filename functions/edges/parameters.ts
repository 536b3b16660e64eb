import {
  DeleteParameterCommand,
  GetParametersCommand,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { Slot } from '../connection.ts';
import { RefreshError } from '../errors.ts';
import { scrub } from '../oauth/scrub.ts';
import { mergeStatus } from '../policy/merge.ts';
import { parseStatus, type Status, serializeStatus } from '../status.ts';
import { nameOf, sendOptions } from './aws.ts';
import { blockedByLabel } from './blocking-label.ts';
import { within } from './within.ts';

/** What is stored for a connection. */
export interface Stored {
  readonly status: Status | null;
  /** SSM version of the status parameter; 0 where there is none. */
  readonly version: number;
  /** SSM version of the token parameter; null where there is none. Its value is never read. */
  readonly tokenVersion: number | null;
}

/** The store protocol: write the token first, then the status with the version the token got. */
export interface Parameters {
  readonly readStatus: (signal?: AbortSignal) => Promise<Stored>;
  /** Answers the version the token got. */
  readonly writeToken: (access_token: string, signal?: AbortSignal) => Promise<number>;
  /**
   * Answers what is stored afterwards. Writes nothing where the status is the one that was read. Where another run has
   * written meanwhile, the two are merged (`mergeStatus`) and written again, bounded.
   */
  readonly writeStatus: (status: Status, read: Stored, signal?: AbortSignal) => Promise<Stored>;
  readonly deleteToken: (signal?: AbortSignal) => Promise<void>;
}

const MERGES = 3;

/**
 * A connection's parameters in SSM.
 *
 * @throws RefreshError `status_unreadable`, `status_not_stored`, `token_not_stored`, `token_not_deleted`
 */
export const parameters = (
  client: () => SSMClient,
  { tokenParameter, statusParameter, keyArn }: Slot,
): Parameters => {
  // Without decryption a token's value is its ciphertext: the run wants to know its version, and may know no more.
  const get = async (names: string[], signal?: AbortSignal) => {
    const command = new GetParametersCommand({ Names: names, WithDecryption: false });
    const { Parameters = [] } = await within(signal, client().send(command, sendOptions(signal)));
    return (name: string) => Parameters.find(({ Name }) => Name === name);
  };
  const put = async (status: Status, signal?: AbortSignal): Promise<number> => {
    const command = new PutParameterCommand({
      Name: statusParameter,
      Value: serializeStatus(status),
      Type: 'String',
      Tier: 'Intelligent-Tiering',
      Overwrite: true,
    });
    const written = await within(signal, client().send(command, sendOptions(signal)));
    return written.Version ?? 0;
  };

  return {
    async readStatus(signal) {
      try {
        const found = await get([statusParameter, tokenParameter], signal);
        return {
          status: parseStatus(found(statusParameter)?.Value ?? ''),
          version: found(statusParameter)?.Version ?? 0,
          tokenVersion: found(tokenParameter)?.Version ?? null,
        };
      } catch (cause) {
        throw new RefreshError('status_unreadable', `the status could not be read (${nameOf(cause)})`, {
          cause,
        });
      }
    },

    async writeToken(access_token, signal) {
      try {
        const command = new PutParameterCommand({
          Name: tokenParameter,
          Value: access_token,
          Type: 'SecureString',
          Tier: 'Intelligent-Tiering',
          Overwrite: true,
          ...(keyArn === null ? {} : { KeyId: keyArn }),
        });
        const written = await within(signal, client().send(command, sendOptions(signal)));
        return written.Version ?? 0;
      } catch (cause) {
        const said = cause instanceof Error ? scrub(cause.message, [access_token]) : '';
        // No cause: SSM's validation errors quote the value.
        throw new RefreshError(
          'token_not_stored',
          (await blockedByLabel(client, tokenParameter, cause, signal)) ??
            `the new token was issued but not stored (${nameOf(cause)}: ${said})`,
        );
      }
    },

    async writeStatus(status, read, signal) {
      if (status === read.status) return read;
      try {
        let mine = status;
        let version = await put(mine, signal);
        for (
          let [merge, expected] = [0, read.version + 1];
          version > expected && merge < MERGES;
          merge += 1
        ) {
          const found = await get([`${statusParameter}:${version - 1}`], signal);
          const other = parseStatus(found(statusParameter)?.Value ?? '');
          const merged = other === null ? mine : mergeStatus(read.status, mine, other);
          if (merged === mine) break;
          mine = merged;
          expected = version + 1;
          version = await put(mine, signal);
        }
        return { ...read, status: mine, version };
      } catch (cause) {
        throw new RefreshError(
          'status_not_stored',
          (await blockedByLabel(client, statusParameter, cause, signal)) ??
            `the status could not be written (${nameOf(cause)})`,
          { cause },
        );
      }
    },

    async deleteToken(signal) {
      try {
        await client().send(new DeleteParameterCommand({ Name: tokenParameter }), sendOptions(signal));
      } catch (cause) {
        if (nameOf(cause) === 'ParameterNotFound') return;
        throw new RefreshError(
          'token_not_deleted',
          `the expired token could not be deleted (${nameOf(cause)})`,
          { cause },
        );
      }
    },
  };
};
