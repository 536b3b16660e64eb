/** A stack with the shortest lifetimes that pass the proof at synth, so that a renewal can be waited for. */
import { App, Stack } from 'aws-cdk-lib/core';
import { bundle } from '../../../infra/bundle.ts';
import { TokenRefresher } from '../../../infra/index.ts';
import { LIFETIME_SECONDS, STACK } from './names.ts';

bundle();

const app = new App();
const server = {
  provider: 'oauth2',
  tokenEndpoint: app.node.tryGetContext('tokenEndpoint'),
  lifetimeSeconds: LIFETIME_SECONDS,
} as const;
const updated = app.node.tryGetContext('updated') === 'true';

new TokenRefresher(new Stack(app, STACK), 'TokenRefresher', {
  connections: {
    kept: {
      ...server,
      clientAuthentication: 'client_secret_basic',
      encoding: 'rfc6749',
      ...(updated ? { scope: 'doors:open' } : {}),
    },
    ...(updated ? {} : { removed: { ...server, clientAuthentication: 'client_secret_post' } }),
  },
});
