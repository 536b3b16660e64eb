/** The `source` of this system's events on the default bus. */
export const EVENT_SOURCE = 'token-refresher';

export const DETAIL_TYPES = {
  required: 'Reauthorization Required',
  recovered: 'Reauthorization Recovered',
} as const;

export type Notice = keyof typeof DETAIL_TYPES;

/** `detail` of the event. Nothing of a person: neither subject nor token. */
export interface NoticeDetail {
  readonly connection: string;
  readonly provider: string;
  /** When the token expires, or did; ISO 8601 UTC. null where it is gone. */
  readonly expiresAt: string | null;
  readonly reason: string;
}
