/** What SSM does instead of what it was asked. A `lost` write has its effect, and its answer never arrives. */
export type SsmFault = 'refuses' | 'refuses-tokens' | 'refuses-statuses' | 'loses-answers' | 'reads-stale';

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: object;
}

const failure = (name: string) => Object.assign(new Error(`${name} in the model`), { name });

/** Parameter Store, as far as the functions use it: versions from 1, no conditional write. */
export const ssm = () => {
  const versions = new Map<string, string[]>();
  const held = new Set<string>();
  const latest = (name: string) => versions.get(name)?.at(-1) ?? null;

  const read = (selector: string, stale: boolean) => {
    const [name = '', asked] = selector.split(':');
    const values = versions.get(name) ?? [];
    const at = asked === undefined ? values.length - (stale && values.length > 1 ? 1 : 0) : Number(asked);
    const value = values[at - 1];
    return value === undefined ? null : { Name: name, Value: value, Version: at };
  };

  const put = (name: string, value: string): number => {
    const values = [...(versions.get(name) ?? []), value];
    versions.set(name, values);
    held.add(name);
    return values.length;
  };

  const operations: Record<string, (input: never, stale: boolean) => unknown> = {
    GetParameterCommand: ({ Name }: { Name: string }, stale) => {
      const found = read(Name, stale);
      if (found === null) throw failure('ParameterNotFound');
      return { Parameter: found };
    },
    GetParametersCommand: ({ Names }: { Names: string[] }, stale) => ({
      Parameters: Names.map((name) => read(name, stale)).filter((found) => found !== null),
    }),
    PutParameterCommand: ({ Name, Value }: { Name: string; Value: string }) => ({
      Version: put(Name, Value),
    }),
    GetParametersByPathCommand: ({ Path }: { Path: string }) => ({
      Parameters: [...versions.keys()]
        .filter((name) => name.startsWith(`${Path}/`) && !name.slice(Path.length + 1).includes('/'))
        .map((name) => read(name, false)),
    }),
    DeleteParametersCommand: ({ Names }: { Names: string[] }) => {
      for (const name of Names) versions.delete(name);
      return {};
    },
    DeleteParameterCommand: ({ Name }: { Name: string }) => {
      if (!versions.delete(Name)) throw failure('ParameterNotFound');
      return {};
    },
  };

  return {
    call: ({ constructor: { name }, input }: Command, fault: SsmFault | null): unknown => {
      const isToken = JSON.stringify(input).includes('/tokens/') && name === 'PutParameterCommand';
      const isStatus = !isToken && name === 'PutParameterCommand';
      if (
        fault === 'refuses' ||
        (fault === 'refuses-tokens' && isToken) ||
        (fault === 'refuses-statuses' && isStatus)
      ) {
        throw failure('ThrottlingException');
      }
      const operation = operations[name];
      if (operation === undefined) throw new TypeError(`the model knows no ${name}`);
      const answer = operation(input as never, fault === 'reads-stale');
      if (fault === 'loses-answers') throw failure('TimeoutError');
      return answer;
    },
    put,
    value: latest,
    version: (name: string) => versions.get(name)?.length ?? null,
    /** Whether the parameter ever had a value. */
    everHeld: (name: string) => held.has(name),
    remove: (name: string) => versions.delete(name),
  };
};

/** One secret of Secrets Manager with its two staged versions. */
export const secretsManager = () => {
  const stages: { AWSCURRENT: number; AWSPREVIOUS: number | null } = { AWSCURRENT: 1, AWSPREVIOUS: null };
  return {
    get: (stage: string, refuses: boolean) => {
      if (refuses) throw failure('InternalServiceError');
      const version = stage === 'AWSCURRENT' ? stages.AWSCURRENT : stages.AWSPREVIOUS;
      if (version === null) throw failure('ResourceNotFoundException');
      return {
        VersionId: `version-${version}`,
        SecretString: JSON.stringify({ client_id: 'client', client_secret: `secret-${version}` }),
      };
    },
    current: () => stages.AWSCURRENT,
    /** A new version; the one before becomes AWSPREVIOUS. */
    rotate: () => {
      stages.AWSPREVIOUS = stages.AWSCURRENT;
      stages.AWSCURRENT += 1;
    },
  };
};
