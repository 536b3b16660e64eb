import { stripVTControlCharacters } from 'node:util';
import Table, { type HorizontalAlignment } from 'cli-table3';

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const;

const GAP = 2;

interface Columns {
  /** @default left, each */
  readonly aligns?: HorizontalAlignment[];
  /** Characters of each column: longer cells are cut, and 0 leaves the column out. @default as wide as its widest cell */
  readonly widths?: readonly number[] | undefined;
}

/** Columns of text without lines around them. Pure. */
export const table = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { aligns = [], widths }: Columns = {},
): string => {
  const kept = <Item>(items: readonly Item[]): Item[] => items.filter((_, at) => widths?.[at] !== 0);
  // The library knows the width of every character, so it measures whatever is not to be cut.
  const natural = widthsOf(head, rows);
  const cut = (widths ?? natural).map((width, at) => (width < (natural[at] ?? 0) ? width : null));
  const drawn = new Table({
    head: kept(head),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: kept(aligns),
    colWidths: kept(cut),
  });
  drawn.push(...rows.map(kept));
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
};

/** How wide each column is where nothing is cut. */
export const widthsOf = (head: readonly string[], rows: readonly (readonly string[])[]): readonly number[] =>
  head.map((title, at) =>
    Math.max(...[title, ...rows.map((cells) => cells[at] ?? '')].map((cell) => visible(cell))),
  );

const visible = (cell: string): number => stripVTControlCharacters(cell).length;

/**
 * Widths with which a table is no wider than a terminal. Pure. First the last column is cut, to `least`; then those of
 * `spare` are left out, one after the other; at last the first column is cut.
 */
export const fitted = (
  wanted: readonly number[],
  columns: number,
  { spare, least }: { readonly spare: readonly number[]; readonly least: number },
): readonly number[] => {
  const widths = [...wanted];
  const last = widths.length - 1;
  const over = () => widths.reduce((sum, width) => sum + (width === 0 ? 0 : width + GAP), -GAP) - columns;
  const cut = (at: number) => {
    const width = widths[at] ?? 0;
    widths[at] = Math.max(width - Math.max(over(), 0), Math.min(width, least));
  };
  cut(last);
  for (const at of spare) {
    if (over() <= 0) break;
    widths[at] = 0;
    widths[last] = widths[last] === 0 ? 0 : (wanted[last] ?? 0);
    cut(last);
  }
  cut(0);
  return widths;
};
