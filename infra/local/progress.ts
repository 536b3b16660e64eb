import ora from 'ora';
import { canRedraw } from './screen.ts';

/** What is being done, on standard error: a spinner in a terminal, plain lines elsewhere. */
export interface Progress {
  readonly step: (text: string) => void;
  readonly done: (text: string) => void;
  /** Takes the spinner away where something has failed. */
  readonly stop: () => void;
}

export const startProgress = (): Progress => {
  if (!canRedraw(process.stderr)) {
    const line = (text: string) => process.stderr.write(`${text}\n`);
    return { step: line, done: line, stop: () => undefined };
  }
  const spinner = ora({ discardStdin: false });
  return {
    step: (text) => {
      spinner.start(text);
    },
    done: (text) => {
      spinner.succeed(text);
    },
    stop: () => {
      spinner.stop();
    },
  };
};
