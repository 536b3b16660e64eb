/** `Custom::TokenCleanup` and `Custom::RemovedTokens`: what belongs to a stack and is not CloudFormation's. */
export interface TokenCleanupProperties {
  readonly prefix: string;
  readonly connections: readonly string[];
  readonly tokensOnDelete: 'delete' | 'keep';
}

/** `Custom::FirstTicks`: the connections to wait for. */
export interface FirstTicksProperties {
  readonly prefix: string;
  readonly connections: readonly string[];
}
