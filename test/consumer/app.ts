import { App } from 'aws-cdk-lib/core';
import { ConsumerStack } from './consumer-stack.ts';

const app = new App();
new ConsumerStack(app, 'TokenConsumer', {
  apiUrl: app.node.tryGetContext('apiUrl') ?? 'https://api.example.com',
  description: 'Calls an API with a token that token-refresher keeps fresh',
});
