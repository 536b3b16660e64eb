import { Template } from 'aws-cdk-lib/assertions';
import { App, Stack } from 'aws-cdk-lib/core';
import cdk from '../../cdk.json' with { type: 'json' };
import { TokenRefresher } from '../token-refresher.ts';
import { costDocument } from './cost.ts';
import { alarmsDocument, HEADER, rightsDocument, table } from './markdown.ts';
import type { CloudFormationTemplate } from './template.ts';

/** The documents under docs/ that follow from the stack, by file name. */
export const documents = (): Readonly<Record<string, string>> => {
  const stack = new Stack(new App({ context: cdk.context }), 'token-refresher');
  new TokenRefresher(stack, 'TokenRefresher', {
    alarmEmails: [],
    connections: {
      uqudo: { provider: 'uqudo' },
      'uae-pass': { provider: 'uae-pass', redirectUris: ['https://www.example.com/uae-pass/callback'] },
    },
  });
  const template = Template.fromStack(stack).toJSON() as CloudFormationTemplate;
  return {
    'rights.md': rightsDocument(template),
    'alarms.md': alarmsDocument(template),
    'cost.md': costDocument(HEADER, table),
  };
};
