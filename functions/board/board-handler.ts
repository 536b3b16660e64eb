import type { SSMClient } from '@aws-sdk/client-ssm';
import type { Context } from 'aws-lambda';
import { DESCRIPTION } from './description.ts';
import type { Place } from './place.ts';
import { readRows } from './read-rows.ts';
import { type Board, renderBoard, renderBoardError } from './render.ts';

export interface BoardWorld {
  readonly ssm: SSMClient;
  readonly prefix: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Whether what is shown has a page in the AWS console. */
  readonly console: boolean;
}

/**
 * A CloudWatch custom widget: HTML for `{widgetContext}`, Markdown for `{describe: true}`. It answers in any case; where
 * the statuses cannot be read the answer says so.
 */
export const boardHandler =
  ({ ssm, prefix, now, console }: BoardWorld) =>
  async (event: unknown, context: Context): Promise<string> => {
    const fields = (event ?? {}) as { describe?: unknown; widgetContext?: { theme?: unknown } };
    if (fields.describe) return DESCRIPTION;
    const theme = themeOf(fields.widgetContext?.theme);
    try {
      const rows = await readRows(ssm, prefix);
      return renderBoard({ rows, prefix, now: now(), theme, place: placeOf(context, console) });
    } catch (error) {
      return renderBoardError(theme, prefix, error);
    }
  };

const themeOf = (value: unknown): Board['theme'] => (value === 'light' || value === 'dark' ? value : 'auto');

const placeOf = ({ invokedFunctionArn }: Context, console: boolean): Place => {
  const [, partition = 'aws', , region = '', accountId = ''] = invokedFunctionArn.split(':');
  return { partition, region, accountId, console };
};
