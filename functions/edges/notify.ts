import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Connection } from '../connection.ts';
import { RefreshError } from '../errors.ts';
import { DETAIL_TYPES, EVENT_SOURCE, type Notice, type NoticeDetail } from '../notice.ts';
import type { Status } from '../status.ts';
import { nameOf } from './aws.ts';

export type Notify = (
  notice: Notice,
  connection: Connection,
  /** The status that held the token it is about. */
  status: Pick<Status, 'expiresAt'>,
  reason: string,
) => Promise<void>;

/** Puts a notice on the default event bus. @throws RefreshError `notice_not_sent` */
export const notifier =
  (client: () => EventBridgeClient): Notify =>
  async (notice, { connection, provider }, { expiresAt }, reason) => {
    const detail: NoticeDetail = { connection, provider, expiresAt, reason };
    const entry = { Source: EVENT_SOURCE, DetailType: DETAIL_TYPES[notice], Detail: JSON.stringify(detail) };
    let refused: string | undefined;
    try {
      const sent = await client().send(new PutEventsCommand({ Entries: [entry] }));
      refused = sent.Entries?.[0]?.ErrorCode;
    } catch (cause) {
      throw new RefreshError(
        'notice_not_sent',
        `the event "${DETAIL_TYPES[notice]}" was not sent (${nameOf(cause)})`,
        {
          cause,
        },
      );
    }
    if (refused !== undefined) {
      throw new RefreshError(
        'notice_not_sent',
        `the event "${DETAIL_TYPES[notice]}" was refused (${refused})`,
      );
    }
  };
