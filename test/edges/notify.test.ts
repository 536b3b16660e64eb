import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { notifier } from '../../functions/edges/notify.ts';
import { UAE_PASS } from '../exchange/world.ts';

const eventBridge = mockClient(EventBridgeClient);
const notify = notifier(() => new EventBridgeClient({}));
const status = { expiresAt: '2030-01-01T01:00:00.000Z' };

beforeEach(() => eventBridge.reset());

describe('a notice', () => {
  it.each([
    ['required', 'Reauthorization Required'],
    ['recovered', 'Reauthorization Recovered'],
  ] as const)(
    'that a login is %s goes to the default bus, with nothing of a person',
    async (notice, DetailType) => {
      eventBridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] });
      await notify(notice, UAE_PASS, status, 'because');
      const [call] = eventBridge.commandCalls(PutEventsCommand);
      const [entry, ...others] = call?.args[0].input.Entries ?? [];
      expect(others).toEqual([]);
      expect(entry).toEqual({ Source: 'token-refresher', DetailType, Detail: expect.any(String) });
      expect(JSON.parse(entry?.Detail ?? '')).toEqual({
        connection: 'uae-pass',
        provider: 'uae-pass',
        expiresAt: status.expiresAt,
        reason: 'because',
      });
    },
  );

  it('that the bus refuses is a failure, and so is one that does not get there', async () => {
    eventBridge
      .on(PutEventsCommand)
      .resolvesOnce({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'Throttled' }] });
    await expect(notify('required', UAE_PASS, status, '')).rejects.toMatchObject({
      code: 'notice_not_sent',
      kind: 'transient',
      message: 'the event "Reauthorization Required" was refused (Throttled)',
    });
    eventBridge
      .on(PutEventsCommand)
      .rejects(Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
    await expect(notify('recovered', UAE_PASS, status, '')).rejects.toThrow(
      'the event "Reauthorization Recovered" was not sent (AccessDeniedException)',
    );
  });
});
