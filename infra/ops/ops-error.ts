import { EXIT, type ExitCode } from './exit.ts';

/** Something the operator can act on: the message is one line that says what is wrong and what to do. */
export class OpsError extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, options: ErrorOptions & { readonly exitCode?: ExitCode } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'OpsError';
    this.exitCode = options.exitCode ?? EXIT.failed;
  }
}
