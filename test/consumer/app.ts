import { App } from 'aws-cdk-lib/core';
import { ConsumerStack } from './consumer-stack.ts';

const app = new App();
new ConsumerStack(app, 'TokenConsumer', {
  description: 'Calls an API with a token that token-refresher keeps fresh',
});
