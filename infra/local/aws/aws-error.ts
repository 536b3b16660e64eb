/** An error as an AWS API answers it. `code` is what clients see as the error's name. */
export class AwsError extends Error {
  readonly code: string;
  /** HTTP status: 400 unless the service failed or the protocol says otherwise. */
  readonly status: number;

  constructor(code: string, message = '', status = 400) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
    this.status = status;
  }
}

export const validation = (message: string): AwsError => new AwsError('ValidationException', message);

/** The sentence AWS's input validation makes of a member that breaks its model. */
export const constraint = (member: string, rule: string): AwsError =>
  validation(
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must ${rule}`,
  );
