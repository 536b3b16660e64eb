import { Duration } from 'aws-cdk-lib/core';
import type { TokenRefresherProps } from './token-refresher.ts';

/** What one stage is made of: where it goes and which connections it keeps fresh. */
export interface Stage extends TokenRefresherProps {
  /** Account and region. @default the ones the AWS CLI is configured for */
  readonly env?: { readonly account: string; readonly region: string };
  /** Whether CloudFormation refuses to delete the stack. @default false */
  readonly terminationProtection?: boolean;
}

/**
 * The one file to edit: a connection is a name, a provider and that provider's settings. Two stages in one account
 * and region need different prefixes.
 */
export const stages = {
  dev: {
    // Nobody is called about it.
    alarmEmails: [],
    connections: {
      uqudo: { provider: 'uqudo' },
      'uae-pass': {
        provider: 'uae-pass',
        environment: 'staging',
        redirectUris: ['https://www.example.com/uae-pass/callback'],
      },
      'screening-eagle': {
        provider: 'screening-eagle',
        host: 'inspect.example.com',
        scope: 'openid email profile inspect',
      },
      'alternative-payments': { provider: 'alternative-payments', environment: 'demo' },
      'igni-acme': { provider: 'igni', workspace: 'acme' },
      'igni-globex': { provider: 'igni', workspace: 'globex', renewBefore: Duration.hours(12) },
    },
  },
  production: {
    terminationProtection: true,
    connections: {
      uqudo: { provider: 'uqudo' },
      'uae-pass': {
        provider: 'uae-pass',
        redirectUris: ['https://www.example.com/uae-pass/callback'],
      },
      'screening-eagle': {
        provider: 'screening-eagle',
        host: 'inspect.example.com',
        scope: 'openid email profile inspect',
      },
      'alternative-payments': { provider: 'alternative-payments' },
      'igni-acme': { provider: 'igni', workspace: 'acme' },
    },
  },
} as const satisfies Record<string, Stage>;

/** The stage of a `cdk` command without `-c stage=…`. */
const DEFAULT_STAGE = 'dev';

/**
 * The stage of this name, as `-c stage=…` or `npm start -- --stage` gives it.
 * @throws Error with the known stages for any other name.
 */
export const chooseStage = (chosen: unknown = DEFAULT_STAGE): { name: string; stage: Stage } => {
  const found = Object.entries<Stage>(stages).find(([name]) => name === chosen);
  if (found === undefined) {
    throw new Error(
      `there is no stage "${String(chosen)}": infra/stages.ts has ${Object.keys(stages).join(' and ')}`,
    );
  }
  return { name: found[0], stage: found[1] };
};
