import { Grant, type IGrantable, type PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { ownFunction } from './function.ts';
import { EXCHANGE_SUFFIX } from './names.ts';

export interface ExchangeProps {
  readonly connection: string;
  readonly provider: string;
  /** Of the function that watches the connection. */
  readonly functionName: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly rights: PolicyStatement[];
  readonly logRetention: RetentionDays;
  /** Of the function that watches the connection: one connection, one log. */
  readonly logGroup: ILogGroup;
}

/** Where a service provider's back end hands in the codes of one connection. */
export class Exchange extends Construct {
  readonly handler: LambdaFunction;

  constructor(scope: Construct, id: string, props: ExchangeProps) {
    super(scope, id);
    this.handler = ownFunction(this, 'Function', {
      functionName: `${props.functionName}${EXCHANGE_SUFFIX}`,
      description: `Exchanges the authorization codes of ${props.connection} (${props.provider}), once each`,
      handler: 'exchange.handler',
      // Eight seconds until the provider has answered, the rest to write down what it said.
      timeout: Duration.seconds(15),
      environment: props.environment,
      rights: props.rights,
      logRetention: props.logRetention,
      logGroup: props.logGroup,
    });
  }

  /** Lets the grantee hand codes in, and nothing else. Reading the token is another right: `grantRead`. */
  grantExchange(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['lambda:InvokeFunction'],
      resourceArns: [this.handler.functionArn],
    });
  }
}
