import { GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { boardHandler } from '../../functions/board/board-handler.ts';
import { serializeStatus } from '../../functions/status.ts';
import { FIVE, NOW } from './rows.ts';

const PREFIX = '/token-refresher';
const ssm = mockClient(SSMClient);
const context = {
  invokedFunctionArn: 'arn:aws:lambda:eu-central-1:111122223333:function:token-refresher-board',
} as Context;
const handler = boardHandler({ ssm: new SSMClient({}), prefix: PREFIX, now: () => NOW, console: true });

beforeEach(() => {
  ssm.reset();
  ssm.on(GetParametersByPathCommand, { Path: `${PREFIX}/config` }).resolves({
    Parameters: FIVE.map(({ status, connection, needsLogin, ...config }) => ({
      Name: `${PREFIX}/config/${connection}`,
      Value: JSON.stringify(needsLogin ? { ...config, exchangeFunctionName: 'exchange' } : config),
    })),
  });
  ssm.on(GetParametersByPathCommand, { Path: `${PREFIX}/status` }).resolves({
    Parameters: FIVE.flatMap(({ connection, status }) =>
      status === null ? [] : [{ Name: `${PREFIX}/status/${connection}`, Value: serializeStatus(status) }],
    ),
  });
});

describe('the board function', () => {
  it('reads configurations and statuses, and nothing else', async () => {
    await handler({ widgetContext: { theme: 'light' } }, context);
    expect(ssm.calls().map(({ args }) => args[0].input)).toEqual([
      expect.objectContaining({ Path: `${PREFIX}/config` }),
      expect.objectContaining({ Path: `${PREFIX}/status` }),
    ]);
    expect(JSON.stringify(ssm.calls().map(({ args }) => args[0].input))).not.toContain('WithDecryption');
  });

  it("renders a row per connection, in the dashboard's theme", async () => {
    const html = await handler({ widgetContext: { theme: 'dark' } }, context);
    expect(html).toContain('class="tr-board dark"');
    expect(html.match(/data-connection=/g)).toHaveLength(5);
    expect(html).toContain('function:token-refresher-uqudo');
  });

  it('knows which connections need a login from their configuration', async () => {
    expect((await handler({}, context)).match(/Refresh now/g)).toHaveLength(4);
  });

  it("follows the browser's theme where there is no dashboard", async () => {
    expect(await handler({}, context)).toContain('class="tr-board auto"');
    expect(await handler(null, context)).toContain('class="tr-board auto"');
  });

  it('reads every page', async () => {
    ssm
      .on(GetParametersByPathCommand, { Path: `${PREFIX}/config` })
      .resolvesOnce({ Parameters: [{ Name: `${PREFIX}/config/one`, Value: '{}' }], NextToken: 'more' })
      .resolvesOnce({ Parameters: [{ Name: `${PREFIX}/config/two`, Value: '{}' }] });
    expect((await handler({}, context)).match(/data-connection=/g)).toHaveLength(2);
  });

  it('survives a configuration and a status that are not what they should be', async () => {
    ssm
      .on(GetParametersByPathCommand, { Path: `${PREFIX}/config` })
      .resolves({ Parameters: [{ Name: `${PREFIX}/config/one`, Value: 'not JSON' }] });
    ssm
      .on(GetParametersByPathCommand, { Path: `${PREFIX}/status` })
      .resolves({ Parameters: [{ Name: `${PREFIX}/status/one`, Value: '[]' }] });
    expect(await handler({}, context)).toContain('no report yet');
  });

  it('answers with the reason where it may not read', async () => {
    ssm
      .on(GetParametersByPathCommand)
      .rejects(Object.assign(new Error('denied'), { name: 'AccessDeniedException' }));
    expect(await handler({}, context)).toContain('AccessDeniedException: denied');
  });

  it('describes itself in Markdown without reading anything', async () => {
    const description = await handler({ describe: true }, context);
    expect(description).toMatch(/^## Token refresher board/);
    expect(description).toContain('### Parameters');
    expect(ssm.calls()).toHaveLength(0);
  });
});
