/** What a pipeline learns from the exit code. */
export const EXIT = {
  /** Everything asked about is fresh, everything asked for is done. */
  ok: 0,
  /** The command could not do its work: arguments, credentials, region, rights, a function that failed. */
  failed: 1,
  /**
   * A connection needs attention; its token, if it has one, is still valid. Of `credentials`: they are not known to work,
   * which `credentials check` says whatever has expired. Of `try` and `exchange`: no token came of it.
   */
  attention: 2,
  /** A connection's token has expired. Never of `credentials check`, `try` and `exchange`. */
  expired: 3,
  /** Ctrl-C or Ctrl-D at a prompt. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
