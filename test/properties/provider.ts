import { RefreshError } from '../../functions/errors.ts';
import type { TokenHttpResponse } from '../../functions/oauth/send.ts';
import type { TokenRequest } from '../../functions/oauth/token-request.ts';
import type { Run } from './model.ts';

/** What the provider does with a request. */
export type Behaviour =
  | 'issues'
  | 'issues-short'
  | 'issues-for-a-moment'
  | 'answers-same'
  | 'is-out'
  | 'issues-and-loses-the-answer'
  | 'asks-to-wait'
  | 'rejects'
  | 'moved'
  | 'answers-html';

export interface IssuedToken {
  readonly token: string;
  /** When it stops working, in true time. */
  readonly expiresAt: number;
  /** The latest expiry any answer gave, by the clock of the function that read it. */
  given: number;
  readonly to: Run;
}

/** A token endpoint that keeps a record of what it issued. `revokes`: issuing revokes every token before. */
export const provider = ({
  revokes,
  lifetimeSeconds,
  time,
  now,
}: {
  revokes: boolean;
  lifetimeSeconds: number;
  time: () => number;
  now: () => number;
}) => {
  const issued: IssuedToken[] = [];
  let behaviour: Behaviour = 'issues';
  let accepted: number | null = null;
  let calls = 0;

  const json = (status: number, body: unknown, retryAfter: string | null = null): TokenHttpResponse => ({
    status,
    retryAfter,
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    sentAt: now(),
  });
  const lifeOf = ({ expiresAt }: IssuedToken) => (expiresAt - time()) / 1000;
  const tell = (token: IssuedToken) => {
    token.given = Math.max(token.given, now() + lifeOf(token) * 1000);
    return json(200, { access_token: token.token, token_type: 'Bearer', expires_in: lifeOf(token) });
  };
  const issue = (run: Run, seconds: number): IssuedToken => {
    const token = `token-${issued.length + 1}`;
    const made = { token, expiresAt: time() + seconds * 1000, given: 0, to: run };
    issued.push(made);
    return made;
  };
  const isValid = (token: IssuedToken) => token.expiresAt > time() && !(revokes && issued.at(-1) !== token);

  return {
    issued,
    isValid: (token: string | null) => issued.some((known) => known.token === token && isValid(known)),
    calls: () => calls,
    behave: (next: Behaviour) => {
      behaviour = next;
    },
    /** Accepts only this version of the secret; null accepts any. */
    accept: (version: number | null) => {
      accepted = version;
    },
    answer: (request: TokenRequest, run: Run): TokenHttpResponse => {
      calls += 1;
      const sent = new URLSearchParams(request.body.toString()).get('client_secret');
      if (behaviour === 'is-out') throw new RefreshError('unreachable', 'no connection');
      if (behaviour === 'rejects' || (accepted !== null && sent !== `secret-${accepted}`)) {
        return json(401, { error: 'invalid_client' });
      }
      switch (behaviour) {
        case 'issues':
          return tell(issue(run, lifetimeSeconds));
        case 'issues-short':
          return tell(issue(run, lifetimeSeconds / 3));
        case 'issues-for-a-moment':
          return tell(issue(run, 2));
        case 'answers-same': {
          const last = issued.at(-1);
          return tell(last !== undefined && isValid(last) ? last : issue(run, lifetimeSeconds));
        }
        case 'issues-and-loses-the-answer':
          issue(run, lifetimeSeconds);
          throw new RefreshError('connection_lost', 'the connection broke');
        case 'asks-to-wait':
          return json(429, {}, '240');
        case 'moved':
          return json(404, {});
        case 'answers-html':
          return json(200, '<html>');
      }
    },
  };
};
