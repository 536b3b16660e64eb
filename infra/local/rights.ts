import type { Json } from './intrinsics.ts';

/** One call, as IAM sees it. */
export interface Authorization {
  /** Such as `ssm:GetParameter`. */
  readonly action: string;
  /** ARN. */
  readonly resource: string;
  /** Condition keys, such as `kms:EncryptionContext:PARAMETER_ARN`. */
  readonly context: Readonly<Record<string, string>>;
}

/** A statement of an identity-based policy, with every intrinsic function resolved. */
export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** The statements of policy documents. @throws Error for one the sandbox cannot judge */
export const statementsOf = (documents: readonly Json[]): Statement[] =>
  documents.flatMap((document) => {
    const statements = [document['Statement'] ?? []].flat() as Json[];
    for (const statement of statements) {
      const operators = Object.keys((statement['Condition'] ?? {}) as Json);
      const unknown = [
        ...['NotAction', 'NotResource'].filter((name) => name in statement),
        ...operators.filter((operator) => !Object.hasOwn(OPERATORS, operator)),
      ];
      if (unknown.length > 0)
        throw new Error(`the sandbox does not judge policies with ${unknown.join(', ')}`);
    }
    return statements as unknown as Statement[];
  });

/** Whether these statements allow a call: at least one Allow and no Deny. */
export const allows = (statements: readonly Statement[], authorization: Authorization): boolean => {
  const effects = statements.filter((each) => applies(each, authorization)).map(({ Effect }) => Effect);
  return effects.includes('Allow') && !effects.includes('Deny');
};

const OPERATORS: Readonly<Record<string, (wanted: string, found: string) => boolean>> = {
  StringEquals: (wanted, found) => wanted === found,
  StringLike: (wanted, found) => wildcard(wanted).test(found),
  ArnEquals: (wanted, found) => wildcard(wanted).test(found),
  ArnLike: (wanted, found) => wildcard(wanted).test(found),
};

const applies = (
  { Action, Resource, Condition = {} }: Statement,
  { action, resource, context }: Authorization,
) =>
  [Action].flat().some((each) => wildcard(each.toLowerCase()).test(action.toLowerCase())) &&
  [Resource].flat().some((each) => wildcard(each).test(resource)) &&
  Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => {
      const found = context[key];
      return found !== undefined && [values].flat().some((wanted) => OPERATORS[operator]?.(wanted, found));
    }),
  );

/** IAM's wildcards: `*` is any text, `?` any character. */
const wildcard = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    's',
  );
