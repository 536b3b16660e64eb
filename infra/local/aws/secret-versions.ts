import { AwsError } from './aws-error.ts';

export interface SecretValue {
  readonly SecretString?: string;
  /** base64 */
  readonly SecretBinary?: string;
}

export interface SecretVersion {
  readonly id: string;
  readonly value: SecretValue;
  readonly stages: readonly string[];
  /** Milliseconds since the epoch. */
  readonly created: number;
}

export const CURRENT = 'AWSCURRENT';
const PREVIOUS = 'AWSPREVIOUS';
const BYTES = 65_536;
const VERSIONS = 100;

export const sameValue = (a: SecretValue, b: SecretValue) =>
  a.SecretString === b.SecretString && a.SecretBinary === b.SecretBinary;

/** @throws AwsError for both or neither of the two, or one that is too long */
export const checkValue = ({ SecretString, SecretBinary }: SecretValue): void => {
  if ((SecretString === undefined) === (SecretBinary === undefined)) {
    throw new AwsError(
      'InvalidParameterException',
      'You must provide either SecretString or SecretBinary, and not both.',
    );
  }
  if (Buffer.byteLength(SecretString ?? SecretBinary ?? '') > BYTES) {
    throw new AwsError(
      'ValidationException',
      `The secret value is too long: at most ${BYTES} bytes are allowed.`,
    );
  }
};

/** Moves a staging label; moving AWSCURRENT leaves AWSPREVIOUS on the version it left. */
export const moved = (
  versions: readonly SecretVersion[],
  label: string,
  to: string | null,
): readonly SecretVersion[] => {
  const left = versions.find((version) => version.stages.includes(label) && version.id !== to);
  const relabelled = versions.map((version) => ({
    ...version,
    stages: [...version.stages.filter((each) => each !== label), ...(version.id === to ? [label] : [])],
  }));
  return label === CURRENT && left !== undefined ? moved(relabelled, PREVIOUS, left.id) : relabelled;
};

/** Versions without a label are deprecated: Secrets Manager drops them once there are more than 100. */
export const kept = (versions: readonly SecretVersion[]): readonly SecretVersion[] => {
  const deprecated = versions.filter(({ stages }) => stages.length === 0);
  const dropped = new Set(deprecated.slice(0, Math.max(0, versions.length - VERSIONS)));
  return versions.filter((version) => !dropped.has(version));
};
