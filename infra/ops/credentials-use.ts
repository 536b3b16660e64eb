import type { Status } from '../../functions/status.ts';
import type { SecretVersionAge } from './aws.ts';
import type { Found } from './config.ts';

/** What became of AWSCURRENT. */
export type CredentialsUse = 'used' | 'not used yet' | 'rejected' | 'empty' | 'not known';

export const staged = (
  versions: readonly SecretVersionAge[],
  stage: 'AWSCURRENT' | 'AWSPREVIOUS',
): SecretVersionAge | undefined => versions.find(({ stages }) => stages.includes(stage));

/** What a status and the versions of a secret tell of AWSCURRENT, as far as they do. Reads no value. Pure. */
export const useOf = (
  { exchangeFunctionName }: Pick<Found, 'exchangeFunctionName'>,
  status: Status | null,
  versions: readonly SecretVersionAge[],
): CredentialsUse => {
  const current = staged(versions, 'AWSCURRENT');
  if (current === undefined) return 'empty';
  if (status?.rejected?.secretVersion === current.version) return 'rejected';
  if (status?.secretVersion === current.version) return afterUse(status);
  // A code that is refused leaves the status alone, whatever it was refused for.
  return exchangeFunctionName === undefined ? 'not used yet' : 'not known';
};

const afterUse = ({ failures }: Status): CredentialsUse => {
  switch (failures.error?.code) {
    case 'credentials_empty':
    case 'credentials_missing':
      return 'empty';
    case 'credentials_rejected':
    case 'credentials_invalid':
      return 'rejected';
    default:
      return 'used';
  }
};
