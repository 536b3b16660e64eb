import { CfnDocument } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';

/**
 * An SSM Automation document "refresh a connection", for whoever works from runbooks. It runs with the rights of
 * whoever starts it, which must include `lambda:InvokeFunction` on the connection's refresh function.
 */
export const runbook = (
  scope: Construct,
  { service, connections }: { service: string; connections: readonly string[] },
): CfnDocument =>
  new CfnDocument(scope, 'Runbook', {
    name: `${service}-refresh`,
    documentType: 'Automation',
    documentFormat: 'JSON',
    updateMethod: 'NewVersion',
    content: {
      schemaVersion: '0.3',
      description:
        'Refreshes the token of one connection now and shows the answer: outcome, state, expiry and when the next ' +
        'attempt is. No token is shown. Without Force a token that is not due is left as it is.',
      parameters: {
        Connection: {
          type: 'String',
          description: 'The connection to refresh',
          allowedValues: [...connections],
        },
        Force: {
          type: 'Boolean',
          description: 'Refresh even where the connection is not due, blocked or paused',
          default: false,
        },
        Reason: {
          type: 'String',
          description: 'Why; it is written to the log and the status',
          default: 'runbook',
          allowedPattern: '^[A-Za-z0-9 .,:;#_/()-]{1,200}$',
        },
      },
      mainSteps: [
        {
          name: 'Refresh',
          action: 'aws:invokeLambdaFunction',
          timeoutSeconds: 90,
          maxAttempts: 1,
          isEnd: true,
          inputs: {
            FunctionName: `${service}-{{ Connection }}`,
            InvocationType: 'RequestResponse',
            InputPayload: { action: 'refresh', force: '{{ Force }}', reason: '{{ Reason }}' },
          },
        },
      ],
      outputs: ['Refresh.Payload'],
    },
  });
