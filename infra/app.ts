import { App, Stack } from 'aws-cdk-lib/core';
import { bundle } from './bundle.ts';
import { chooseStage } from './stages.ts';
import { TokenRefresher } from './token-refresher.ts';

const app = new App();
const { name, stage } = chooseStage(app.node.tryGetContext('stage'));
bundle();

const stack = new Stack(app, `token-refresher-${name}`, {
  env: stage.env,
  terminationProtection: stage.terminationProtection,
  // 40 connections fit CloudFormation's megabyte, but not with their indentation.
  suppressTemplateIndentation: true,
  description: 'Keeps OAuth 2.0 access tokens fresh in SSM Parameter Store',
});
new TokenRefresher(stack, 'TokenRefresher', stage);
