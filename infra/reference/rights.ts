import { type CloudFormationTemplate, inWords, resourcesOf } from './template.ts';

/** One statement of a role's policy, in words. */
export interface Right {
  /** What the role is for. */
  readonly role: string;
  readonly sid: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Empty where there is none. */
  readonly when: string;
}

/** Every right a template gives to a role, in the order of the template. */
export const rightsOf = (template: CloudFormationTemplate): Right[] => {
  const attached = new Map<string, unknown[]>();
  for (const [, { Properties }] of resourcesOf(template, 'AWS::IAM::Policy')) {
    for (const { Ref } of Properties.Roles) {
      attached.set(Ref, [...(attached.get(Ref) ?? []), ...Properties.PolicyDocument.Statement]);
    }
  }
  return resourcesOf(template, 'AWS::IAM::Role').flatMap(([id, { Properties }]) =>
    [
      // biome-ignore lint/suspicious/noExplicitAny: a policy of the template
      ...(Properties.Policies ?? []).flatMap((policy: any) => policy.PolicyDocument.Statement),
      ...(attached.get(id) ?? []),
    ].map((statement) => rightOf(Properties.Description ?? id, statement, template)),
  );
};

/** A statement of any policy, in words. */
// biome-ignore lint/suspicious/noExplicitAny: a statement of the template
export const rightOf = (role: string, statement: any, template: CloudFormationTemplate): Right => ({
  role,
  sid: statement.Sid ?? '',
  actions: [statement.Action].flat(),
  resources: [statement.Resource].flat().map((resource) => inWords(resource, template)),
  when: Object.entries<Record<string, unknown>>(statement.Condition ?? {})
    .flatMap(([operator, keys]) =>
      Object.entries(keys).map(
        ([key, value]) =>
          `${key} ${operator} ${[value]
            .flat()
            .map((one) => inWords(one, template))
            .join(' or ')}`,
      ),
    )
    .join(' and '),
});
