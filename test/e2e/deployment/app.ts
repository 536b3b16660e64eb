/**
 * A stack with the shortest lifetimes that pass the proof at synth, so that a renewal can be waited for, and with one
 * connection whose schedule is silent meanwhile.
 */
import { App, Stack } from 'aws-cdk-lib/core';
import { bundle } from '../../../infra/bundle.ts';
import { TokenRefresher } from '../../../infra/index.ts';
import { LIFETIME_SECONDS, LONG_LIFETIME_SECONDS, STACK } from './names.ts';

bundle();

const app = new App();
const server = {
  provider: 'oauth2',
  tokenEndpoint: app.node.tryGetContext('tokenEndpoint'),
  clientAuthentication: 'client_secret_post',
  lifetimeSeconds: LIFETIME_SECONDS,
} as const;
const updated = app.node.tryGetContext('updated') === 'true';

new TokenRefresher(new Stack(app, STACK), 'TokenRefresher', {
  alarmEmails: [],
  connections: {
    kept: {
      ...server,
      clientAuthentication: 'client_secret_basic',
      encoding: 'rfc6749',
      ...(updated ? { scope: 'doors:open' } : {}),
    },
    ...(updated ? {} : { removed: server }),
    // The consumer example reads it.
    uqudo: { ...server, lifetimeSeconds: LONG_LIFETIME_SECONDS },
  },
});
