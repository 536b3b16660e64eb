/** An authorization server that knows the clients of `COMBINATION_CLIENTS`. */
export interface IndependentServer {
  readonly tokenEndpoint: string;
  readonly stop: () => Promise<void>;
}
