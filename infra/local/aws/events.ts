import { randomUUID } from 'node:crypto';
import { AwsError } from './aws-error.ts';
import { type Action, type Json, objectList, optionalText } from './input.ts';

/** An event somebody put on the default bus. */
export interface SentEvent {
  readonly source: string;
  readonly detailType: string;
  readonly detail: Json;
}

const ENTRIES = 10;

/** EventBridge's PutEvents on the default bus: events are kept and go nowhere. */
export const eventsActions = (sent: SentEvent[]): Readonly<Record<string, Action>> => ({
  PutEvents: (input) => {
    const entries = objectList(input, 'Entries');
    if (entries.length === 0 || entries.length > ENTRIES) {
      throw new AwsError('ValidationException', `Entries must hold 1 to ${ENTRIES} events.`);
    }
    const answers = entries.map((entry) => {
      const found = eventOf(entry);
      if (typeof found === 'string') return { ErrorCode: 'MalformedDetail', ErrorMessage: found };
      sent.push(found);
      return { EventId: randomUUID() };
    });
    return {
      FailedEntryCount: answers.filter((answer) => 'ErrorCode' in answer).length,
      Entries: answers,
    };
  },
});

/** The event of an entry, or what is wrong with it. */
const eventOf = (entry: Json): SentEvent | string => {
  const [source, detailType, text] = ['Source', 'DetailType', 'Detail'].map((name) =>
    optionalText(entry, name),
  );
  if (!source || !detailType || !text) return 'Source, DetailType and Detail are required.';
  if ((optionalText(entry, 'EventBusName') ?? 'default') !== 'default')
    return 'There is only the default bus.';
  try {
    const detail: unknown = JSON.parse(text);
    if (typeof detail === 'object' && detail !== null) return { source, detailType, detail: detail as Json };
  } catch {}
  return 'Detail is malformed.';
};
