import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { attempt, type Edges } from '../functions/attempt.ts';
import { RefreshError } from '../functions/errors.ts';
import { dialect } from '../functions/providers/index.ts';
import { initialStatus } from '../functions/status.ts';
import { CREDENTIALS, START, type Wire, world } from './world.ts';

const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();
const FORCE = { action: 'refresh', force: true };
const rejected: Wire = { status: 401, body: {} };
const unreachable = () => new RefreshError('unreachable', 'no connection');
const older = JSON.stringify({ client_id: 'the-client', client_secret: 'the-older-secret' });
const aws = (name: string) => Object.assign(new Error('no'), { name });

const fresh = async () => {
  const w = world();
  await w.tick();
  w.advance(60);
  return w;
};

describe('a refresh that is not due', () => {
  it('makes the next tick due before it asks for a token, so that the tick goes on where it died', async () => {
    const w = await fresh();
    let announced: unknown;
    w.state.beforeTokenRequest = () => {
      announced = w.status();
    };
    await w.tick({ ...FORCE, reason: 'key leaked' });
    expect(announced).toMatchObject({
      state: 'fresh',
      expiresAt: at(1800),
      renewAt: at(60),
      nextAttemptAt: at(60),
      reason: 'refresh under way: forced: key leaked',
    });
    expect(w.status()).toMatchObject({ tokenVersion: 2, reason: 'refreshed' });
    expect(w.calls()).toMatchObject({ PutParameter: 2 + 3 });
  });

  it('keeps a pause that is set while it announces itself', async () => {
    const w = await fresh();
    w.state.beforeTokenRequest = () => w.setStatus({ ...w.status(), state: 'paused', pausedUntil: at(9999) });
    await w.tick(FORCE);
    expect(w.status()).toMatchObject({ state: 'paused', pausedUntil: at(9999), tokenVersion: 2 });
  });

  it('does not begin where it cannot announce itself', async () => {
    const w = await fresh();
    w.ssm.on(PutParameterCommand).rejects(aws('AccessDeniedException'));
    const answer = await w.tick(FORCE);
    expect(answer).toMatchObject({
      outcome: 'failed',
      reason: 'the status could not be written (AccessDeniedException)',
    });
    expect(w.calls().token).toBe(1);
  });

  it('a due one announces nothing', async () => {
    const w = await fresh();
    w.advance(1000);
    await w.tick();
    expect(w.calls()).toMatchObject({ PutParameter: 4 });
  });
});

describe('a token that the status does not describe', () => {
  it('is replaced at the next tick', async () => {
    const w = await fresh();
    w.setToken('written-by-hand');
    expect(await w.tick()).toMatchObject({ outcome: 'refreshed', tokenVersion: 3 });
    expect(w.token()).toBe('token-2');
  });

  it('is fetched again at the next tick where it was deleted, and nothing is promised of it meanwhile', async () => {
    const w = await fresh();
    w.state.values.delete(w.connection.tokenParameter);
    w.state.versions.delete(w.connection.tokenParameter);
    w.state.answers = [unreachable(), unreachable(), unreachable()];
    await w.tick().catch(() => undefined);
    expect(w.status()).toMatchObject({ state: 'failing', tokenVersion: null, expiresAt: null });
    w.advance(60);
    expect(await w.tick()).toMatchObject({ outcome: 'refreshed', tokenVersion: 1 });
  });
});

describe('another run that writes at the same time', () => {
  const overtaken = async () => {
    const w = await fresh();
    w.advance(1000);
    w.state.beforeTokenRequest = () => w.setToken('of-the-other-run');
    return w;
  };

  it('where fetching again fails, the token that was stored is kept, and the tick fails', async () => {
    const w = await overtaken();
    w.state.answers = [{}, unreachable(), unreachable()];
    await expect(w.tick()).rejects.toMatchObject({ code: 'unreachable' });
    expect(w.token()).toBe('token-2');
    expect(w.status()).toMatchObject({ state: 'failing', tokenVersion: 3, expiresAt: at(1060 + 1800) });
    w.advance(60);
    expect((await w.tick()).outcome).toBe('refreshed');
  });

  it('goes on with the credentials that worked', async () => {
    const w = await overtaken();
    w.state.secrets = {
      AWSCURRENT: { version: 'v2', text: CREDENTIALS },
      AWSPREVIOUS: { version: 'v1', text: older },
    };
    w.state.answers = [rejected, {}, {}];
    expect((await w.tick()).outcome).toBe('refreshed');
    expect(w.state.sent.map((body) => body.get('client_secret')).slice(1)).toEqual([
      'the-secret',
      'the-older-secret',
      'the-older-secret',
    ]);
    expect(w.status().secretVersion).toBe('v1');
  });
});

describe('credentials', () => {
  it('that were replaced: while AWSPREVIOUS cannot be asked, the next tick tries, and nothing is blocked', async () => {
    const w = world();
    w.state.secrets = {
      AWSCURRENT: { version: 'v2', text: CREDENTIALS },
      AWSPREVIOUS: { version: 'v1', text: older },
    };
    w.state.answers = [rejected, unreachable()];
    await expect(w.tick()).rejects.toMatchObject({ code: 'unreachable' });
    expect(w.status()).toMatchObject({ state: 'failing', nextAttemptAt: at(30) });
  });

  it('that were replaced: where AWSPREVIOUS still cannot be asked after three ticks, no further login is risked', async () => {
    const w = world();
    w.state.secrets = {
      AWSCURRENT: { version: 'v2', text: CREDENTIALS },
      AWSPREVIOUS: { version: 'v1', text: older },
    };
    const busy: Wire = { status: 503, body: {} };
    const codes: unknown[] = [];
    for (let tick = 0; tick < 30; tick += 1) {
      w.state.answers = [rejected, busy];
      await w.tick().catch(({ code }) => codes.push(code));
      w.advance(60);
    }
    expect(codes).toEqual([...Array(3).fill('provider_unavailable'), 'credentials_rejected']);
    expect(w.status()).toMatchObject({ state: 'blocked', nextAttemptAt: at(180 + 1800) });
  });

  it('of a blocked connection that cannot be read leave it blocked, and the tick fails', async () => {
    const w = world();
    w.state.answers = [rejected];
    await w.tick().catch(() => undefined);
    const before = w.status();
    w.secretsManager.rejects(aws('InternalServiceError'));
    w.advance(60);
    await expect(w.tick()).rejects.toMatchObject({ code: 'secret_unreadable' });
    expect(w.status()).toEqual(before);
    expect(w.calls().token).toBe(1);
  });
});

describe('a server that hands out one token until it expires', () => {
  const same = (expires_in: number): Wire => ({
    body: { access_token: 'same', token_type: 'bearer', expires_in },
  });

  it('is asked again in its last second, and at the next tick', async () => {
    const w = world();
    w.state.answers = [same(1800), same(0), same(0), same(0)];
    await w.tick();
    w.advance(1799.5);
    await expect(w.tick()).rejects.toMatchObject({ code: 'same_token_expired', kind: 'transient' });
    w.advance(60);
    expect((await w.tick()).outcome).toBe('refreshed');
  });

  it('too long fails the tick', async () => {
    const w = world();
    w.state.answers = [same(1800), same(1800)];
    await w.tick();
    w.advance(1900);
    await expect(w.tick()).rejects.toMatchObject({ code: 'same_token_expired' });
    expect(w.metrics()).toMatchObject({ Failed: 1, SecondsToExpiry: 0 });
  });
});

describe('a maintenance page', () => {
  it('of a minute does not cost a token of half an hour', async () => {
    const w = await fresh();
    w.state.now = START + 900_000;
    w.state.answers = [{ body: '<html>back soon' }];
    await expect(w.tick()).rejects.toMatchObject({ code: 'not_a_token_response' });
    expect(w.status()).toMatchObject({ state: 'blocked', expiresAt: at(1800), nextAttemptAt: at(1350) });
    w.state.now = START + 1_350_000;
    expect((await w.tick()).outcome).toBe('refreshed');
  });
});

describe('ops', () => {
  it.each([FORCE, { action: 'status' }, { action: 'pause', until: at(600) }])(
    'get an answer to %j where SSM cannot be read',
    async (event) => {
      const w = world();
      w.ssm.rejects(aws('ThrottlingException'));
      expect(await w.tick(event)).toEqual({
        connection: 'uqudo',
        outcome: 'failed',
        state: 'failing',
        expiresAt: null,
        renewAt: null,
        nextAttemptAt: null,
        tokenVersion: null,
        reason: 'the status could not be read (ThrottlingException)',
        requestId: 'request-1',
      });
      expect(w.state.log.join()).toContain('status_unreadable');
    },
  );

  it('are told when a pause ends, where it ends after what was planned', async () => {
    const w = await fresh();
    expect(await w.tick({ action: 'pause', until: at(5000) })).toMatchObject({ nextAttemptAt: at(5000) });
    expect(await w.tick()).toMatchObject({ outcome: 'paused', nextAttemptAt: at(5000) });
    const { nextAttemptAt } = await w.tick({ action: 'pause', until: at(61) });
    expect(nextAttemptAt).toBe(w.status().renewAt);
  });
});

describe("Lambda's time", () => {
  const run = async (edges: Partial<Edges>, signal: AbortSignal) => {
    const unused = async () => {
      throw new Error('not expected');
    };
    const status = initialStatus('uqudo', 'uqudo');
    const stored = { status: null, version: 0, tokenVersion: null };
    const parameters = {
      readStatus: unused,
      writeToken: async () => 1,
      writeStatus: unused,
      deleteToken: unused,
    };
    const { made } = await attempt(
      { do: 'refresh', attempts: 3, early: false, state: 'fresh', reason: 'due' },
      { stored, status },
      dialect('uqudo', {}),
      {
        parameters,
        readSecret: async (stage) => ({ version: 'v1', stage, text: CREDENTIALS }),
        send: async () => {
          throw unreachable();
        },
        now: () => START,
        wait: async () => undefined,
        random: () => 0.5,
        ...edges,
      },
      { requests: signal },
    );
    return made;
  };

  it('that runs out ends the waiting with the failure there is, and no other', async () => {
    const running = new AbortController();
    let requests = 0;
    const made = await run(
      {
        send: async () => {
          requests += 1;
          throw unreachable();
        },
        wait: async (_, signal) => {
          running.abort();
          signal?.throwIfAborted();
        },
      },
      running.signal,
    );
    expect(made).toMatchObject({ kind: 'failed', error: { code: 'unreachable' } });
    expect(requests).toBe(1);
  });

  it('that has run out starts no wait', async () => {
    let waits = 0;
    const made = await run(
      {
        wait: async () => {
          waits += 1;
        },
      },
      AbortSignal.abort(),
    );
    expect(made).toMatchObject({ kind: 'failed', error: { code: 'unreachable' } });
    expect(waits).toBe(0);
  });

  /** SSM hangs at the n-th write, and the time that ends so many milliseconds after a run's begin is over at once. */
  const hanging = (write: number, share: number) => {
    const w = world();
    const ends = new Map<number, AbortController>();
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      const end = new AbortController();
      ends.set(ms, end);
      return end.signal;
    });
    onTestFinished(() => timeout.mockRestore());
    const puts: string[] = [];
    w.ssm.on(PutParameterCommand).callsFake(({ Name, Value }: { Name: string; Value: string }) => {
      puts.push(Name);
      if (puts.length === write) {
        setImmediate(() => ends.get(share)?.abort());
        return new Promise(() => {});
      }
      w.state.values.set(Name, Value);
      return { Version: 1 };
    });
    return { w, puts };
  };

  it('is not used up by a token write that hangs: its failure reaches the status', async () => {
    const { w, puts } = hanging(1, 52_000);
    await expect(w.tick()).rejects.toMatchObject({ code: 'token_not_stored' });
    expect(puts).toEqual([w.connection.tokenParameter, w.connection.statusParameter]);
    expect(w.status().failures.error).toMatchObject({ code: 'token_not_stored' });
  });

  it('is not used up by a status write that hangs: the failure reaches the log', async () => {
    const { w } = hanging(2, 59_000);
    await expect(w.tick()).rejects.toMatchObject({ code: 'status_not_stored' });
  });

  it('is not used up by announcing a refresh: its failure reaches the status', async () => {
    const { w } = hanging(3, 45_000);
    await w.tick();
    expect(await w.tick(FORCE)).toMatchObject({ outcome: 'failed', state: 'failing' });
    expect(w.status().failures.error).toMatchObject({ code: 'status_not_stored' });
    expect(w.calls().token).toBe(1);
  });

  it('does not keep a token from being stored once it is issued', async () => {
    const running = new AbortController();
    const made = await run(
      {
        send: async () => {
          running.abort();
          const body = Buffer.from('{"access_token":"t","token_type":"bearer","expires_in":1800}');
          return { status: 200, retryAfter: null, body, sentAt: START };
        },
      },
      running.signal,
    );
    expect(made).toMatchObject({ kind: 'issued', tokenVersion: 1 });
  });

  it('a clock that is set back during a request measures no negative latency', async () => {
    const body = Buffer.from('{"access_token":"t","token_type":"bearer","expires_in":1800}');
    const made = await run(
      { send: async () => ({ status: 200, retryAfter: null, body, sentAt: START + 5000 }) },
      new AbortController().signal,
    );
    expect(made).toMatchObject({ kind: 'issued', latencyMs: 0 });
  });
});

describe('an answer that is lost, and a different failure after it', () => {
  const lost = (code: 'connection_lost' | 'timed_out') => () => new RefreshError(code, 'no answer');
  const notFound: Wire = { status: 404, body: {} };

  it.each(['connection_lost', 'timed_out'] as const)(
    'makes the next tick attempt after %s: the token in the lost answer may have revoked the stored one',
    async (code) => {
      const w = await fresh();
      w.advance(1000);
      w.state.answers = [lost(code)(), notFound];
      await expect(w.tick()).rejects.toThrow('404');
      expect(w.status()).toMatchObject({ state: 'blocked', nextAttemptAt: at(1090) });
      w.advance(60);
      expect(await w.tick()).toMatchObject({ outcome: 'refreshed' });
    },
  );

  it('changes nothing where the request never left', async () => {
    const w = await fresh();
    w.advance(1000);
    w.state.answers = [unreachable(), notFound];
    await expect(w.tick()).rejects.toThrow('404');
    expect(w.status()).toMatchObject({ state: 'blocked', nextAttemptAt: at(1430) });
  });

  it('of AWSCURRENT is remembered although AWSPREVIOUS was tried after it', async () => {
    const w = await fresh();
    w.advance(1000);
    w.state.secrets['AWSPREVIOUS'] = { version: 'v0', text: older };
    w.state.answers = [lost('timed_out')(), rejected, rejected];
    await expect(w.tick()).rejects.toThrow();
    expect(w.status()).toMatchObject({ state: 'blocked', nextAttemptAt: at(1090) });
  });
});
