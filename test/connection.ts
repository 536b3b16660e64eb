import type { Connection } from '../functions/connection.ts';

/** The connection most tests are about. */
export const CONNECTION: Connection = {
  connection: 'uqudo',
  provider: 'uqudo',
  settings: {},
  secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:uqudo-AbCdEf',
  tokenParameter: '/token-refresher/tokens/uqudo',
  statusParameter: '/token-refresher/status/uqudo',
  keyArn: 'arn:aws:kms:eu-central-1:123456789012:key/1',
  lifetimeSeconds: 1800,
  renewBeforeSeconds: 900,
  tickSeconds: 60,
};
