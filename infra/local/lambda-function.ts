import type { InvocationResult } from './aws/lambda-invoke.ts';
import {
  type DeployedFunction,
  type LambdaProcess,
  type Surroundings,
  startLambdaProcess,
} from './lambda-process.ts';

/** A function with as many processes as it has invocations at a time, kept warm, as Lambda does it. */
export interface LambdaFunction {
  readonly invoke: (payload: string) => Promise<InvocationResult>;
  /** Kills every process, whatever it is doing. The next invocation starts a new one. */
  readonly kill: () => Promise<void>;
}

export const createLambdaFunction = (deployed: DeployedFunction, around: Surroundings): LambdaFunction => {
  const running = new Set<LambdaProcess>();
  const idle: LambdaProcess[] = [];

  const take = (): LambdaProcess => {
    const warm = idle.pop();
    if (warm?.alive()) return warm;
    if (warm !== undefined) {
      running.delete(warm);
      return take();
    }
    const started = startLambdaProcess(deployed, around);
    running.add(started);
    return started;
  };

  return {
    invoke: async (payload) => {
      const used = take();
      const result = await used.invoke(payload);
      if (used.alive()) idle.push(used);
      else running.delete(used);
      return result;
    },
    kill: async () => {
      const killed = [...running];
      running.clear();
      idle.length = 0;
      await Promise.all(killed.map((each) => each.close()));
    },
  };
};
