import { AwsError, validation } from './aws-error.ts';

/** Where the endpoint pretends to be. */
export interface Place {
  readonly region: string;
  readonly account: string;
}

export type Tier = 'Standard' | 'Advanced';
export const TYPES = ['String', 'StringList', 'SecureString'];
export const TIERS = ['Standard', 'Advanced', 'Intelligent-Tiering'];

const LEVELS = 15;
const NAME_LENGTH = 1011;
const STANDARD_BYTES = 4096;
const ADVANCED_BYTES = 8192;

export const parameterArn = ({ region, account }: Place, name: string): string =>
  `arn:aws:ssm:${region}:${account}:parameter${name.startsWith('/') ? '' : '/'}${name}`;

/** A parameter as a reader names it: a name or ARN, with `:version` or `:label` behind it. */
export interface Reference {
  /** The names it may mean: the ARNs of `x` and `/x` are the same. */
  readonly names: readonly string[];
  /** Version number or label, or null for the newest. */
  readonly selector: string | null;
}

export const parseReference = (reference: string): Reference => {
  const inArn = /^arn:[^:]*:ssm:[^:]*:[^:]*:parameter\/(.*)$/.exec(reference)?.[1];
  const [name = '', selector = null, ...rest] = (inArn ?? reference).split(':');
  if (rest.length > 0 || name === '' || selector === '') throw invalidName();
  return { names: inArn === undefined ? [name] : [`/${name}`, name], selector };
};

const invalidName = () =>
  validation(
    'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive). If formed as a path, it can ' +
      'consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers ' +
      'and the following 3 symbols .-_',
  );

/** The rules for a new parameter's name. @throws AwsError */
export const checkName = (name: string): void => {
  if (name.length > NAME_LENGTH) {
    throw validation(`Parameter name: must not be longer than ${NAME_LENGTH} characters.`);
  }
  if (/^\/(?:aws|ssm)(?:\/|$)/i.test(name)) {
    throw new AwsError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
  }
  if (/^(?:aws|ssm)/i.test(name)) throw invalidName();
  if (name.includes('/') && !name.startsWith('/')) {
    throw validation('Parameter name must be a fully qualified name.');
  }
  if (!/^\/?[\w.-]+(?:\/[\w.-]+)*$/.test(name)) throw invalidName();
  if (name.split('/').filter(Boolean).length > LEVELS) {
    throw new AwsError(
      'HierarchyLevelLimitExceededException',
      `A hierarchy can have a maximum of ${LEVELS} levels. To use this parameter, shorten its path.`,
    );
  }
};

/** The rules for a path to list. @throws AwsError */
export const checkPath = (path: string): void => {
  if (!/^\/(?:[\w.-]+\/?)*$/.test(path)) {
    throw validation(
      "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward " +
        'slash "/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, ' +
        'numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not ' +
        'allowed. All sub-paths, if specified, must use the forward slash symbol "/".',
    );
  }
};

/**
 * The tier a value is stored in.
 * @param stored the parameter's tier so far; Advanced never goes back
 * @throws AwsError where the value is empty, too long or nests another parameter
 */
export const tierOf = (value: string, wanted: string, stored: Tier | null): Tier => {
  if (value.includes('{{')) {
    throw validation('Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.');
  }
  const bytes = Buffer.byteLength(value);
  if (wanted === 'Standard' && stored === 'Advanced') {
    throw validation(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the " +
        'advanced-parameter tier to the standard-parameter tier.',
    );
  }
  if (wanted === 'Standard' && bytes > STANDARD_BYTES) {
    throw validation(
      `Standard tier parameters support a maximum parameter value of ${STANDARD_BYTES} characters. To create a ` +
        'larger parameter value, upgrade the parameter to use the advanced-parameter tier.',
    );
  }
  if (bytes > ADVANCED_BYTES) {
    throw validation(
      `Advanced tier parameters support a maximum parameter value of ${ADVANCED_BYTES} characters.`,
    );
  }
  return wanted === 'Advanced' || stored === 'Advanced' || bytes > STANDARD_BYTES ? 'Advanced' : 'Standard';
};

/** A label AWS would refuse: it is answered in `InvalidLabels`, not as an error. */
export const isLabel = (label: string): boolean =>
  /^[\w.-]{1,100}$/.test(label) && !/^(?:\d|aws|ssm)/i.test(label);
