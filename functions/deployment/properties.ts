/** `Custom::TokenCleanup` and `Custom::RemovedTokens`: what belongs to a stack and is not CloudFormation's. */
export interface TokenCleanupProperties {
  readonly prefix: string;
  readonly connections: readonly string[];
  readonly tokensOnDelete: 'delete' | 'keep';
}

/** `Custom::FirstTicks`: the connections to wait for, each with the name of the function that ticks. */
export interface FirstTicksProperties {
  readonly prefix: string;
  readonly functions: Readonly<Record<string, string>>;
  /** What each connection's token is requested, stored and renewed with: where that changes, its function ticks at once. */
  readonly configurations: Readonly<Record<string, string>>;
}
