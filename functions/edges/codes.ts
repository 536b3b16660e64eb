import { GetParameterCommand, PutParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { type CodeMarker, parseMarker, serializeMarker } from '../code-marker.ts';
import { RefreshError } from '../errors.ts';
import { nameOf, sendOptions } from './aws.ts';

/** Whether a code is this run's to use; where it is not, what the run that took it left behind, as far as it is readable. */
export type Taken = { readonly mine: true } | { readonly mine: false; readonly marker: CodeMarker | null };

/** The markers of codes handed in: each code is taken once. */
export interface Codes {
  /** Takes a code by an atomic create. @throws RefreshError `code_not_taken`: the code was not used. */
  readonly take: (key: string, marker: CodeMarker, signal?: AbortSignal) => Promise<Taken>;
  /** Records what came of a code this run has taken. @throws RefreshError `code_not_recorded` */
  readonly finish: (key: string, marker: CodeMarker, signal?: AbortSignal) => Promise<void>;
}

/** Markers in SSM below `codesPath`. */
export const codes = (client: () => SSMClient, codesPath: string): Codes => {
  const put = (key: string, marker: CodeMarker, Overwrite: boolean, signal?: AbortSignal) =>
    client().send(
      new PutParameterCommand({
        Name: `${codesPath}/${key}`,
        Value: serializeMarker(marker),
        Type: 'String',
        Tier: 'Intelligent-Tiering',
        Overwrite,
      }),
      sendOptions(signal),
    );
  const get = async (key: string, signal?: AbortSignal): Promise<CodeMarker | null> => {
    try {
      const { Parameter } = await client().send(
        new GetParameterCommand({ Name: `${codesPath}/${key}` }),
        sendOptions(signal),
      );
      return parseMarker(Parameter?.Value ?? '');
    } catch (cause) {
      if (nameOf(cause) === 'ParameterNotFound') return null;
      throw cause;
    }
  };

  return {
    async take(key, marker, signal) {
      try {
        await put(key, marker, false, signal);
        return { mine: true };
      } catch (cause) {
        if (nameOf(cause) !== 'ParameterAlreadyExists') throw notTaken(cause);
      }
      try {
        const found = await get(key, signal);
        // The SDK repeats a create whose answer was lost: then the marker found is this run's own.
        return found?.run === marker.run ? { mine: true } : { mine: false, marker: found };
      } catch (cause) {
        throw notTaken(cause);
      }
    },

    async finish(key, marker, signal) {
      try {
        await put(key, marker, true, signal);
      } catch (cause) {
        throw new RefreshError(
          'code_not_recorded',
          `what came of the code was not recorded (${nameOf(cause)})`,
          {
            cause,
          },
        );
      }
    },
  };
};

const notTaken = (cause: unknown) =>
  new RefreshError(
    'code_not_taken',
    `the code was not used: its marker could not be made (${nameOf(cause)})`,
    {
      cause,
    },
  );
