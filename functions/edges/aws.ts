import type { SSMClient } from '@aws-sdk/client-ssm';

/**
 * All clients: throttling is retried adaptively by the SDK. Five attempts may take half a minute: a call that would take
 * what another one needs of a run's time gets a signal. Times in milliseconds.
 */
export const clientConfig = {
  maxAttempts: 5,
  retryMode: 'adaptive',
  requestHandler: { connectionTimeout: 2000, requestTimeout: 5000, throwOnRequestTimeout: true },
} as const;

/** What an SDK client sends a command with. */
export const sendOptions = (signal: AbortSignal | undefined): { abortSignal?: AbortSignal } =>
  signal === undefined ? {} : { abortSignal: signal };

export const nameOf = (cause: unknown): string => (cause instanceof Error ? cause.name : 'unknown');

/** Made when first needed and kept: a quiet tick constructs no client it does not use. */
export const once = <T>(make: () => T): (() => T) => {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
};

/**
 * Lets the SDK retry `TooManyUpdates`: SSM's answer to two writes at once, which it does not take for throttling by
 * itself.
 */
export const retryTooManyUpdates = (client: SSMClient): SSMClient => {
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (error instanceof Error && error.name === 'TooManyUpdates') {
          Object.assign(error, { $retryable: { throttling: true } });
        }
        throw error;
      }
    },
    { step: 'finalizeRequest', priority: 'low', name: 'retryTooManyUpdates' },
  );
  return client;
};
