import { styleText } from 'node:util';
import ms, { type StringValue } from 'ms';
import prettyMilliseconds from 'pretty-ms';
import type { State } from '../../functions/status.ts';
import { OpsError } from './ops-error.ts';
import type { World } from './world.ts';

export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'magenta' | 'cyan';
/** Colours a text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** Colours where standard output is a terminal that shows them; NO_COLOR and FORCE_COLOR are honoured. */
export const painter =
  ({ stdout }: Pick<World, 'stdout'>): Paint =>
  (style, text) =>
    styleText(style, text, { stream: stdout });

const STATE_STYLES: Readonly<Record<State, Style>> = {
  fresh: 'green',
  failing: 'yellow',
  'awaiting-credentials': 'cyan',
  paused: 'magenta',
  'reauthorization-required': 'yellow',
  blocked: 'red',
};

/** The word for a state; without a status nothing is known, not even whether there are credentials. */
export const stateWord = (state: State | null): string => state ?? 'not run yet';

export const paintState = (paint: Paint, state: State | null, expired: boolean): string => {
  if (state === null) return paint('cyan', stateWord(state));
  return expired ? paint('red', `${state}, expired`) : paint(STATE_STYLES[state], state);
};

/** `23h 44m`: two units, whole seconds. */
export const duration = (milliseconds: number): string =>
  prettyMilliseconds(Math.max(milliseconds, 0), { unitCount: 2, secondsDecimalDigits: 0 });

export const seconds = (value: number): string => duration(value * 1000);

/** `in 5m 2s`, `5m 2s ago`. */
export const fromNow = (instant: number, now: number): string => {
  if (Math.abs(instant - now) < 1000) return 'just now';
  return instant > now ? `in ${duration(instant - now)}` : `${duration(now - instant)} ago`;
};

/** `2026-01-31 03:12:09 UTC`. */
export const clock = (instant: number): string =>
  new Date(instant)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC');

/** Broken between words where a line would be wider than a terminal, which would break it anywhere. */
export const wrapped = (text: string, columns: number): string =>
  text
    .split(' ')
    .reduce((done, word) =>
      (done.split('\n').at(-1) ?? '').length + 1 + word.length > columns
        ? `${done}\n${word}`
        : `${done} ${word}`,
    );

/** Milliseconds of what a user wrote as a duration. @throws OpsError naming the option */
export const parseDuration = (option: string, text: string): number => {
  // A bare number would be milliseconds to the library and minutes to most people.
  const parsed = /^\d+(?:\.\d+)? ?[a-z]+$/i.test(text) ? ms(text as StringValue) : undefined;
  if (parsed === undefined || !(parsed > 0)) {
    throw new OpsError(
      `${option} "${text}" is no duration: write a number and a unit, such as 90s, 15m, 2h or 1d`,
    );
  }
  return parsed;
};
