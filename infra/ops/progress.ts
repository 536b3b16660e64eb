import ora from 'ora';
import type { World } from './world.ts';

/** Lines as they come, under them a spinner that says what is still going on. */
export interface Progress {
  readonly line: (text: string) => void;
  readonly update: (text: string) => void;
  readonly stop: () => void;
}

/** The spinner is drawn on standard error, and only where that is a terminal. */
export const progress = ({ stdout, stderr }: Pick<World, 'stdout' | 'stderr'>, text: string): Progress => {
  const shown = stderr.isTTY === true;
  const spinner = ora({ text, stream: stderr as NodeJS.WriteStream, isSilent: !shown, discardStdin: false });
  spinner.start();
  return {
    line(text) {
      spinner.stop();
      stdout.write(`${text}\n`);
      spinner.start();
    },
    update(text) {
      spinner.text = text;
    },
    stop() {
      spinner.stop();
    },
  };
};
