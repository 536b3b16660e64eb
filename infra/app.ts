import { App, Stack } from 'aws-cdk-lib/core';
import { bundle } from './bundle.ts';
import { chooseStage } from './stages.ts';
import { TokenRefresher } from './token-refresher.ts';

const app = new App();
const { name, stage } = chosenStage();
bundle();

const stack = new Stack(app, `token-refresher-${name}`, {
  env: stage.env,
  terminationProtection: stage.terminationProtection,
  // 40 connections fit CloudFormation's megabyte, but not with their indentation.
  suppressTemplateIndentation: true,
  description: 'Keeps OAuth 2.0 access tokens fresh in SSM Parameter Store',
});
new TokenRefresher(stack, 'TokenRefresher', stage);

function chosenStage() {
  try {
    return chooseStage(app.node.tryGetContext('stage'));
  } catch (error) {
    // A stack would hide the sentence from whoever has mistyped a name.
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
