import { describe, expect, it } from 'vitest';
import { initialStatus, type Status } from '../../functions/status.ts';
import {
  createCrashes,
  fitLines,
  introduction,
  notesOf,
  printChanges,
  reading,
} from '../../infra/local/live.ts';
import type { Sandbox } from '../../infra/local/sandbox.ts';
import { noColors } from '../../infra/local/screen.ts';

const connection = {
  connection: 'uqudo',
  provider: 'uqudo',
  settings: {},
  secretArn: 'arn',
  tokenParameter: '/t/uqudo',
  statusParameter: '/s/uqudo',
  keyArn: null,
  lifetimeSeconds: 30,
  renewBeforeSeconds: 15,
  tickSeconds: 1,
};

/** A sandbox that shows these statuses, one after the other, and is then stopped. */
const showing = (...shown: (Status | null)[]) => {
  const stop = new AbortController();
  const statuses = async () => {
    const status = shown.shift() ?? null;
    if (shown.length === 0) stop.abort();
    return new Map([['uqudo', status]]);
  };
  return { sandbox: { connections: [connection], statuses } as unknown as Sandbox, signal: stop.signal };
};

const linesOf = async (...shown: (Status | null)[]) => {
  const lines: string[] = [];
  const { sandbox, signal } = showing(...shown);
  await printChanges(sandbox, createCrashes(), { print: (line) => lines.push(line), signal, everyMs: 0 });
  return lines.map((line) => line.replace(/^\S+ /, ''));
};

const fresh: Status = {
  ...initialStatus('uqudo', 'uqudo'),
  state: 'fresh',
  tokenVersion: 1,
  issuedAt: '2030-01-01T00:00:00.000Z',
  expiresAt: '2030-01-01T00:00:29.000Z',
  lastAttempt: { at: '2030-01-01T00:00:00.000Z', outcome: 'refreshed', durationMs: 1 },
};
const blocked: Status = {
  ...fresh,
  state: 'blocked',
  failures: {
    consecutive: 1,
    since: '2030-01-01T00:00:20.000Z',
    error: { code: 'credentials_rejected', status: 401, message: 'HTTP 401' },
  },
};
const TRY_NOW =
  'tried every 30m at any speed, and now by npm run ops -- refresh uqudo --force in the other shell';

describe('where nobody watches', () => {
  it('a line tells each change once', async () => {
    const failing: Status = {
      ...fresh,
      state: 'failing',
      failures: {
        consecutive: 1,
        since: '2030-01-01T00:00:20.000Z',
        error: { code: 'timed_out', status: null, message: 'no answer' },
      },
    };
    expect(await linesOf(null, fresh, fresh, failing, initialStatus('uqudo', 'uqudo'))).toEqual([
      'uqudo: starting',
      'uqudo: fresh, refreshed: version 1, valid for 29s',
      'uqudo: failing, timed_out: no answer',
      'uqudo: awaiting-credentials: no token has been requested yet',
    ]);
  });

  it('a line tells that a token has expired, whatever the state', async () => {
    const past = { issuedAt: '2020-01-01T00:00:00.000Z', expiresAt: '2020-01-01T00:00:29.000Z' };
    expect(await linesOf({ ...fresh, ...past }, { ...blocked, ...past }, null)).toEqual([
      'uqudo: fresh, refreshed: version 1, valid for 29s; the token has expired',
      `uqudo: blocked, credentials_rejected: HTTP 401; the token has expired; ${TRY_NOW}`,
      'uqudo: starting',
    ]);
  });

  it('a line tells how to try a blocked connection before its next probe', async () => {
    expect(await linesOf(blocked, null)).toEqual([
      `uqudo: blocked, credentials_rejected: HTTP 401; ${TRY_NOW}`,
      'uqudo: starting',
    ]);
  });
});

describe('the notes below the table', () => {
  const row = (status: Status | null) => ({ connection: 'uqudo', status, crash: null });

  it('tell how to try a blocked connection before its next probe', () => {
    expect(notesOf([row(fresh), row(blocked), row(null)])).toEqual([
      'uqudo is blocked, and tried every 30m at any speed. To try it now, in the other shell:',
      '  npm run ops -- refresh uqudo --force',
    ]);
  });
});

describe('a table that is higher than the terminal', () => {
  const lines = ['head', 'one', 'two', 'three'];

  it('keeps its head, and says that there is more', () => {
    expect(fitLines(lines, 4)).toEqual(lines);
    expect(fitLines(lines, 3)).toEqual(['head', 'one', '… 2 more lines: make the terminal higher']);
  });
});

describe('a crash', () => {
  const ended = (errorType: string, errorMessage: string) => ({
    payload: JSON.stringify({ errorType, errorMessage }),
    functionError: 'Unhandled' as const,
  });

  it('is remembered until the next invocation, without its request id', () => {
    const crashes = createCrashes();
    crashes.note(
      'uqudo',
      ended('Sandbox.Timedout', 'RequestId: 1-2 Error: Task timed out after 3.00 seconds'),
    );
    expect(crashes.of('uqudo')).toBe('Sandbox.Timedout: Task timed out after 3.00 seconds');
    expect(crashes.of('igni-acme')).toBeNull();
    crashes.note('uqudo', { payload: '{}', functionError: null });
    expect(crashes.of('uqudo')).toBeNull();
  });

  it('is not what the function says itself', () => {
    const crashes = createCrashes();
    crashes.note('uqudo', ended('RefreshError', 'HTTP 503'));
    expect(crashes.of('uqudo')).toBeNull();
  });
});

describe('above the table', () => {
  const colors = noColors;

  it('stand the board, where to log in and the pace', () => {
    const logins = new Map([['uae-pass', 'http://127.0.0.1:3/login/uae-pass']]);
    expect(introduction({ speed: 60, board: 'http://127.0.0.1:2', logins, colors })).toBe(
      'Board: http://127.0.0.1:2\nLog in at uae-pass: http://127.0.0.1:3/login/uae-pass\n' +
        'Time passes 60 times as fast. Ctrl-C stops and leaves nothing behind.\n',
    );
    expect(introduction({ speed: 1, board: null, logins: new Map(), colors })).not.toMatch(
      /Board|Log in|times/,
    );
  });
});

describe('below the table', () => {
  it('stands how to read a token', () => {
    const environment = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
    const text = reading({ connections: [connection], environment }, { colors: noColors });
    expect(text).toContain('export AWS_ENDPOINT_URL=http://127.0.0.1:1');
    expect(text).toContain('--name /t/uqudo ');
  });
});
