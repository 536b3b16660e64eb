import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Annotations, ArnFormat, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { subjectFaults, tokenFaults } from './faults.ts';
import { DEFAULT_PREFIX, instanceName } from './names.ts';
import { parameterArn } from './rights.ts';

const PREFIX_VARIABLE = 'TOKEN_REFRESHER_PREFIX';

/** How a stack finds the token of a connection that another stack keeps fresh. */
export interface TokenParameterAttributes {
  readonly connection: string;
  /** The refresher's prefix. @default '/token-refresher' */
  readonly prefix?: string;
  /**
   * ARN of the key the token is encrypted with, or `'aws-managed'`.
   * @default the key behind the refresher's alias, whatever its ARN: the one it makes where it is given no `key`
   */
  readonly keyArn?: string;
}

/** Where a token is, and who may read it. */
export class TokenParameter extends Construct {
  /**
   * The token of a connection that lives in another stack or repository, in the same account and region. Where that
   * refresher was given a key, `keyArn` must say which: only the key it makes by itself has the alias it is found by.
   */
  static fromConnection(scope: Construct, id: string, attributes: TokenParameterAttributes): TokenParameter {
    return new TokenParameter(scope, id, attributes);
  }

  readonly connection: string;
  /** The access token and nothing else. */
  readonly tokenParameterName: string;
  /** JSON without a secret: state, expiry, version. */
  readonly statusParameterName: string;
  readonly #prefix: string;
  readonly #keyArn: string | undefined;

  constructor(scope: Construct, id: string, attributes: TokenParameterAttributes) {
    super(scope, id);
    this.connection = attributes.connection;
    this.#prefix = attributes.prefix ?? DEFAULT_PREFIX;
    this.#keyArn = attributes.keyArn;
    this.tokenParameterName = `${this.#prefix}/tokens/${this.connection}`;
    this.statusParameterName = `${this.#prefix}/status/${this.connection}`;
    for (const fault of tokenFaults({ ...attributes, prefix: this.#prefix })) {
      Annotations.of(this).addError(fault);
    }
  }

  /**
   * Lets the grantee read the token and its status: no history, and decryption of this parameter only.
   *
   * @param subjects for connections with one token per person: whose, `'*'` for all. @default the connection's own token
   */
  grantRead(grantee: IGrantable, ...subjects: readonly string[]): Grant {
    for (const fault of subjectFaults(subjects)) Annotations.of(this).addError(`grantRead: ${fault}`);
    const below = subjects.length === 0 ? [''] : subjects.map((subject) => `/${subject}`);
    const tokens = below.map((path) => parameterArn(this, `${this.tokenParameterName}${path}`));
    const statuses = below.map((path) => parameterArn(this, `${this.statusParameterName}${path}`));
    const read = Grant.addToPrincipal({
      grantee,
      actions: ['ssm:GetParameter', 'ssm:GetParameters'],
      resourceArns: [...tokens, ...statuses],
    });
    if (this.#keyArn === 'aws-managed') return read;
    const operator = subjects.includes('*') ? 'StringLike' : 'StringEquals';
    const decrypt = Grant.addToPrincipal({
      grantee,
      actions: ['kms:Decrypt'],
      resourceArns: [this.#keyArn ?? this.#anyKey()],
      conditions: {
        [operator]: { 'kms:EncryptionContext:PARAMETER_ARN': tokens },
        ...(this.#keyArn === undefined
          ? {
              'ForAnyValue:StringEquals': {
                'kms:ResourceAliases': `alias/${instanceName(this.#prefix)}`,
              },
            }
          : {}),
      },
    });
    return read.combine(decrypt);
  }

  /** Grants read, and tells the function in its environment where the tokens are: below one prefix, all of them. */
  addToEnvironment(reader: LambdaFunction): void {
    this.grantRead(reader);
    const told = environmentOf(reader)[PREFIX_VARIABLE];
    if (typeof told === 'string' && told !== this.#prefix) {
      Annotations.of(this).addError(
        `${reader.node.path} has ${PREFIX_VARIABLE} "${told}" already and reads all its tokens below that: for the ` +
          `token of ${this.connection} write grantRead instead of addToEnvironment, and ` +
          `createGetToken({ prefix: "${this.#prefix}" }) in the function`,
      );
      return;
    }
    reader.addEnvironment(PREFIX_VARIABLE, this.#prefix);
  }

  // A key's ARN is not known by name; the condition on its alias narrows this to one key.
  #anyKey(): string {
    return Stack.of(this).formatArn({
      service: 'kms',
      resource: 'key',
      resourceName: '*',
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
  }
}

/** What a function's environment holds by now. */
const environmentOf = (reader: LambdaFunction): Readonly<Record<string, unknown>> => {
  const { environment } = reader.node.defaultChild as CfnFunction;
  return Stack.of(reader).resolve(environment)?.variables ?? {};
};
