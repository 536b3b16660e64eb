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
  if (status !== null && status.secretVersion === current.version) return afterUse(status);
  // A code that is refused leaves the status alone, whatever it was refused for.
  if (exchangeFunctionName !== undefined) return 'not known';
  if (status?.lastAttempt == null) return 'not used yet';
  const from = Date.parse(status.lastAttempt.at);
  const created = current.createdAt?.getTime() ?? from;
  if (created > from + status.lastAttempt.durationMs) return 'not used yet';
  return created <= from && fellBack(status, current, staged(versions, 'AWSPREVIOUS'))
    ? 'rejected'
    : 'not known';
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

/** A refresh tries AWSCURRENT first. A current version that is the older one got its stage by hand, nobody knows when. */
const fellBack = (
  { failures, secretVersion }: Status,
  current: SecretVersionAge,
  previous: SecretVersionAge | undefined,
): boolean =>
  failures.error === null &&
  previous !== undefined &&
  previous.version === secretVersion &&
  (previous.createdAt ?? 0) < (current.createdAt ?? 0);

/** Whether the last run said so, as `resultOf` words it: AWSCURRENT was rejected, and the version before taken. */
export const saysPrevious = ({ reason }: { readonly reason: string }): boolean =>
  reason.includes('AWSPREVIOUS worked');
