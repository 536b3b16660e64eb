import { SSMProvider } from '@aws-lambda-powertools/parameters/ssm';
import { GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import ssm from '@middy/ssm';
import { createGetToken } from '../../../functions/reader/index.ts';

/** A way to read a token. */
export interface Contender {
  readonly name: string;
  /**
   * Begins with a cold cache, as a new Lambda environment does. Answers how a token is read there.
   * @param maxAgeSeconds how long to keep a token; absent is the library's own default
   */
  readonly start: (client: SSMClient, maxAgeSeconds?: number) => () => Promise<unknown>;
}

const NAME = '/token-refresher/tokens/uqudo';

/** As a user of the plain SDK writes it, with a module variable. */
const plain = (client: SSMClient, maxAgeSeconds: number) => {
  let cached = { token: '', until: 0 };
  return async () => {
    const now = Date.now();
    if (now < cached.until) return cached.token;
    const { Parameter } = await client.send(new GetParameterCommand({ Name: NAME, WithDecryption: true }));
    cached = { token: Parameter?.Value ?? '', until: now + maxAgeSeconds * 1000 };
    return cached.token;
  };
};

let environments = 0;

export const reader: Contender = {
  name: 'token-refresher/reader',
  start: (client, maxAgeSeconds) => {
    const getToken = createGetToken({
      client,
      warn: () => undefined,
      ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
    });
    return () => getToken('uqudo');
  },
};

export const powertools: Contender = {
  name: 'Powertools getParameter',
  // What getParameter calls, with a provider of its own for each environment.
  start: (client, maxAgeSeconds) => {
    const provider = new SSMProvider({ awsSdkV3Client: client });
    const options = { decrypt: true, ...(maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds }) };
    return () => provider.get(NAME, options);
  },
};

export const middySsm: Contender = {
  name: '@middy/ssm',
  start: (client, maxAgeSeconds) => {
    environments += 1;
    // Its `new AwsClient()` answers the client at hand.
    function AwsClient() {
      return client;
    }
    const { before } = ssm({
      AwsClient: AwsClient as unknown as typeof SSMClient,
      fetchData: { token: NAME },
      cacheKey: `environment-${environments}`,
      setToContext: true,
      ...(maxAgeSeconds === undefined ? {} : { cacheExpiry: maxAgeSeconds * 1000 }),
    }) as { before: (request: object) => Promise<void> };
    return async () => {
      const context: { token?: string } = {};
      await before({ internal: {}, context });
      return context.token;
    };
  },
};

export const plainForever: Contender = {
  name: 'plain SDK, module variable',
  start: (client, maxAgeSeconds) => plain(client, maxAgeSeconds ?? Number.POSITIVE_INFINITY),
};

export const plainFiveMinutes: Contender = {
  name: 'a cache of 300 s, as the AWS extension keeps',
  start: (client, maxAgeSeconds) => plain(client, maxAgeSeconds ?? 300),
};

export const plainUncached: Contender = {
  name: 'plain SDK, no cache',
  start: (client) => plain(client, 0),
};
