import { AwsError } from './aws-error.ts';
import { type Json, optionalText, requiredText, textList } from './input.ts';
import type { Parameter } from './parameter-store.ts';

/** One `ParameterFilters` member; several are joined by "and", their values by "or". */
export interface ParameterFilter {
  readonly key: string;
  readonly option: string;
  readonly values: readonly string[];
}

const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  Name: ['Equals', 'BeginsWith', 'Contains'],
  Path: ['OneLevel', 'Recursive'],
  Label: ['Equals'],
};
const USUAL_OPTIONS = ['Equals', 'BeginsWith'];

/** @throws AwsError for a key or option this action does not take */
export const readFilters = (filters: readonly Json[], keys: readonly string[]): ParameterFilter[] =>
  filters.map((filter) => {
    const key = requiredText(filter, 'Key');
    if (!keys.includes(key)) {
      throw new AwsError('InvalidFilterKey', `The filter key ${key} is not valid: use ${keys.join(', ')}.`);
    }
    const options = OPTIONS[key] ?? USUAL_OPTIONS;
    const option = optionalText(filter, 'Option') ?? options[0] ?? 'Equals';
    if (!options.includes(option)) {
      throw new AwsError(
        'InvalidFilterOption',
        `The filter option ${option} is not valid: use ${options.join(', ')}.`,
      );
    }
    return { key, option, values: textList(filter, 'Values', { most: 50 }) };
  });

export const matches = (parameter: Parameter, filters: readonly ParameterFilter[]): boolean =>
  filters.every(({ key, option, values }) =>
    values.some((value) => facts(parameter, key).some((fact) => holds(fact, key, option, value))),
  );

const facts = ({ name, versions }: Parameter, key: string): readonly string[] => {
  const newest = versions.at(-1);
  switch (key) {
    case 'Type':
      return [newest?.type ?? ''];
    case 'KeyId':
      return [newest?.keyId ?? ''];
    case 'Tier':
      return [newest?.tier ?? ''];
    case 'Label':
      return newest?.labels ?? [];
    default:
      return [name];
  }
};

const holds = (fact: string, key: string, option: string, value: string): boolean => {
  if (key === 'Path') {
    const folder = value.endsWith('/') ? value : `${value}/`;
    const below = fact.startsWith(folder) ? fact.slice(folder.length) : '';
    return below !== '' && (option === 'Recursive' || !below.includes('/'));
  }
  if (option === 'BeginsWith') return fact.startsWith(value);
  return option === 'Contains' ? fact.includes(value) : fact === value;
};
