import { REFUSALS, SECRETS, SENDINGS, type Sending } from '../oauth/combinations.ts';
import { MOTO_DIFFERENCES } from './conformance/differences.ts';

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const shown = (kind: string) => (/^\w/.test(kind) ? kind : `\`${kind}\``);

/** Which secrets get a token, by server and how they are sent. */
export const combinationsTable = (): string => {
  const columns = Object.entries(REFUSALS).flatMap(([server, refusals]) =>
    (Object.keys(SENDINGS) as Sending[]).map((sending) => ({ server, sending, refused: refusals[sending] })),
  );
  return table(
    ['secret with', ...columns.map(({ server, sending }) => `${server}: ${sending}`)],
    Object.keys(SECRETS).map((kind) => [
      kind === 'plain' ? 'none of these' : shown(kind),
      ...columns.map(({ refused }) =>
        (refused as readonly string[]).includes(kind) ? '**refused**' : 'token',
      ),
    ]),
  );
};

/** Where moto departs from AWS and the embedded endpoint does not. */
export const differencesTable = (): string =>
  table(
    ['case', 'AWS documents'],
    Object.entries(MOTO_DIFFERENCES).map(([name, { documented }]) => [name, documented]),
  );
