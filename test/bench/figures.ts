import Table from 'cli-table3';

/** The middle value; the mean of the two middle ones for an even count. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2;
};

/** Prints rows under a head. */
export const table = (head: string[], rows: (string | number)[][]): void => {
  const printed = new Table({ head });
  printed.push(...rows);
  console.log(printed.toString());
};
