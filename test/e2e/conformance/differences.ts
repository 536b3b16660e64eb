/** How moto departs from AWS in one case. */
export interface Difference {
  /** What moto does instead. */
  readonly moto: unknown;
  /** What AWS documents. */
  readonly documented: string;
}

const standard = (Version: number) => ({ Version, Tier: 'Standard' });
const names =
  'PutParameter, Name: letters, digits and ".-_", levels between slashes, a full path begins with a slash.';
const tiers =
  'PutParameter, Tier: Standard holds 4 KB and Advanced 8 KB; Intelligent-Tiering answers the one it chose.';

/** By the name of the case. */
export const MOTO_DIFFERENCES: Readonly<Record<string, Difference>> = {
  'PutParameter does not make a String a SecureString': {
    moto: standard(2),
    documented:
      'HierarchyTypeMismatchException: a type cannot be changed, a new parameter has to be created.',
  },
  'PutParameter refuses 4097 bytes in tier Standard': { moto: standard(1), documented: tiers },
  'PutParameter makes 4097 bytes Advanced where tiering is intelligent': {
    moto: { Version: 1, Tier: 'Intelligent-Tiering' },
    documented: tiers,
  },
  'PutParameter keeps 4096 bytes Standard where tiering is intelligent': {
    moto: { Version: 1, Tier: 'Intelligent-Tiering' },
    documented: tiers,
  },
  'PutParameter refuses 8193 bytes in any tier': {
    moto: { Version: 1, Tier: 'Advanced' },
    documented: tiers,
  },
  'PutParameter does not take an Advanced parameter back to Standard': {
    moto: standard(2),
    documented: 'PutParameter, Tier: an advanced parameter cannot be reverted to a standard one.',
  },
  'PutParameter refuses a value with {{': {
    moto: standard(1),
    documented:
      'PutParameter, Value: parameters cannot be nested in the values of others, "{{}}" is refused.',
  },
  'PutParameter refuses a value that AllowedPattern does not allow': {
    moto: standard(1),
    documented: "ParameterPatternMismatchException: the value does not match the parameter's AllowedPattern.",
  },
  'PutParameter refuses a name with a character that none may have': { moto: standard(1), documented: names },
  'PutParameter refuses a name without a leading slash but with others': {
    moto: standard(1),
    documented: names,
  },
  'PutParameter refuses a name that ends with a slash': { moto: standard(1), documented: names },
  'PutParameter refuses a name with sixteen levels': {
    moto: standard(1),
    documented: 'HierarchyLevelLimitExceededException: a hierarchy has at most 15 levels.',
  },
  'GetParameter without decryption answers ciphertext': {
    moto: true,
    documented: 'GetParameter, WithDecryption: without it the value of a SecureString stays encrypted.',
  },
  'GetParameter reads one version by its number': {
    moto: { Name: '/get/version', Type: 'String', Value: 'v2', Version: 2, Selector: undefined },
    documented: 'Parameter, Selector: the version number or label a value was asked for by.',
  },
  'GetParameter reads by label': {
    moto: [
      { invalid: [], version: 1 },
      { Name: '/get/label', Type: 'String', Value: 'v1', Version: 1, Selector: undefined },
    ],
    documented: 'Parameter, Selector: the version number or label a value was asked for by.',
  },
  'GetParametersByPath refuses a path without a leading slash': {
    moto: 'answered',
    documented: 'GetParametersByPath, Path: hierarchies start with a forward slash.',
  },
  'GetParameterHistory without decryption answers ciphertext': {
    moto: [[1, true]],
    documented:
      'GetParameterHistory, WithDecryption: without it the values of a SecureString stay encrypted.',
  },
  'UnlabelParameterVersion takes a label away': {
    moto: [['here'], 'ParameterNotFound'],
    documented: 'ParameterVersionNotFound: the parameter is there and has no such version or label.',
  },
  'UpdateSecretVersionStage promotes a pending version, and the one before is AWSPREVIOUS': {
    moto: ['one', 'one'],
    documented:
      'UpdateSecretVersionStage: where AWSCURRENT is moved, AWSPREVIOUS goes to the version it was removed from.',
  },
  'DescribeSecret shows the stages of versions that have one, and no value': {
    moto: ['described', ['AWSCURRENT', 'AWSPREVIOUS'], 3, false],
    documented: 'DescribeSecret, VersionIdsToStages: the versions that have staging labels attached.',
  },
  'PutSecretValue takes 65536 bytes and refuses one more': {
    moto: [['AWSCURRENT'], ['AWSCURRENT']],
    documented: 'PutSecretValue, SecretString: at most 65536 characters.',
  },
  'GetSecretValue of a secret that waits for deletion is InvalidRequestException, until it is restored': {
    moto: ['InvalidRequestException', ['AWSCURRENT'], 'ResourceExistsException', 'two'],
    documented:
      'InvalidRequestException: the secret is scheduled for deletion; it can be restored, not written.',
  },
};
