import { htmlEscape } from 'escape-goat';

/** Markup, as opposed to text that still has to be escaped. */
export interface Html {
  readonly markup: string;
}

type Value = string | number | Html | readonly Html[];

/** A template whose values are escaped, for element content and quoted attributes; `Html` goes in as it is. */
export const html = (strings: TemplateStringsArray, ...values: readonly Value[]): Html => ({
  markup: strings.reduce((done, text, index) => done + asMarkup(values[index - 1] ?? '') + text),
});

const asMarkup = (value: Value): string => {
  if (typeof value === 'string' || typeof value === 'number') return htmlEscape(String(value));
  return 'markup' in value ? value.markup : value.map(({ markup }) => markup).join('');
};
