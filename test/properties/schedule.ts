import type { Happening } from './happenings.ts';
import { type Event, type Model, model, START } from './model.ts';

/** Lambda ends what has run for a minute. */
const LONGEST_RUN_SECONDS = 60;

export interface Schedule {
  readonly revokes: boolean;
  readonly happenings: readonly Happening[];
}

/** Plays a schedule against the real refresh function and answers what it broke, in sentences. */
export const play = async ({ revokes, happenings }: Schedule): Promise<string[]> => {
  const w = model({ revokes });
  const broken: string[] = [];
  const deletions = { token: false };
  let jumped = false;
  for (const happening of happenings) {
    if (happening.kind === 'clock') jumped = true;
    if (happening.kind === 'delete' && happening.what === 'token') deletions.token = true;
    await apply(w, happening, () => broken.push(...unsafe(w, { jumped, ...deletions })));
    if (broken.length > 0) return broken;
  }
  w.behave('issues');
  w.faults.ssm = null;
  w.faults.secretsManager = false;
  w.issuer.accept(null);
  for (const run of w.running()) await w.finish(run);
  broken.push(...unsafe(w, { jumped, ...deletions }));
  if (broken.length > 0) return broken;
  return unhealed(w, jumped);
};

const apply = async (w: Model, happening: Happening, check: () => void): Promise<void> => {
  const running = w.running();
  const chosen = 'which' in happening ? running[happening.which % Math.max(running.length, 1)] : undefined;
  switch (happening.kind) {
    case 'tick':
      if (running.length < 4) await w.start({});
      return;
    case 'ops':
      if (running.length < 4) await w.start(ops(happening.action, w.now()));
      return;
    case 'step':
      for (let taken = 0; chosen?.state === 'running' && taken < happening.times; taken += 1) {
        await w.step(chosen);
        check();
      }
      return;
    case 'die':
      if (chosen !== undefined) w.kill(chosen);
      return;
    case 'wait':
      return wait(w, happening.seconds);
    case 'clock':
      if (happening.seconds < 0 && !(await noticed(w))) return;
      w.jump(happening.seconds);
      if (happening.seconds < 0) await noticed(w);
      return;
    case 'provider':
      return w.behave(happening.behaviour);
    case 'ssm':
      w.faults.ssm = happening.fault;
      return;
    case 'secrets':
      w.faults.secretsManager = happening.refuses;
      return;
    case 'rotate':
      w.secrets.rotate();
      return w.issuer.accept(
        { current: w.secrets.current(), previous: w.secrets.current() - 1, any: null }[happening.accepted],
      );
    case 'delete': {
      // Deleting starts the versions anew, which two runs under way could not tell from each other's writes.
      if (running.length > 0) return;
      const { tokenParameter, statusParameter } = w.connection;
      w.store.remove(happening.what === 'token' ? tokenParameter : statusParameter);
    }
  }
};

/**
 * A clock that is set back by just as long as nobody looked at it is right again, for all a run can tell. So a tick
 * looks before and after; a paused connection, whose ticks leave no trace, is left out.
 */
const noticed = async (w: Model): Promise<boolean> => {
  const { ssm } = w.faults;
  w.faults.ssm = null;
  await w.invoke();
  w.faults.ssm = ssm;
  return w.status()?.state !== 'paused';
};

/**
 * Time passes. A run under which the clock was set back may still write times of the old clock; the next tick after its
 * end sees them, as it sees any status from the future.
 */
const wait = async (w: Model, seconds: number): Promise<void> => {
  const first = w.setBackUnder.size === 0 ? seconds : Math.min(seconds, LONGEST_RUN_SECONDS);
  w.advance(first);
  if (w.setBackUnder.size > 0 && w.running().every((run) => !w.setBackUnder.has(run))) {
    w.setBackUnder.clear();
    await noticed(w);
  }
  if (seconds > first) await wait(w, seconds - first);
};

const ops = (action: 'force' | 'refresh' | 'pause' | 'resume' | 'status', now: number): Event =>
  action === 'force'
    ? { action: 'refresh', force: true }
    : action === 'pause'
      ? { action, until: new Date(now + 600_000).toISOString() }
      : { action };

/** What must hold at every moment. */
const unsafe = (w: Model, { jumped, token }: { jumped: boolean; token: boolean }): string[] => {
  const broken: string[] = [];
  const stored = w.token();
  if (stored !== null && !w.issuer.issued.some((known) => known.token === stored)) {
    broken.push(`the stored token "${stored}" is none the provider issued`);
  }
  const hadToken = w.store.everHeld(w.connection.tokenParameter);
  if (stored === null && hadToken && !token) broken.push('a token was replaced by nothing');
  const status = w.status();
  const described = status === null ? undefined : w.described(status);
  if (status?.expiresAt && described !== undefined) {
    const claim = Date.parse(status.expiresAt);
    const truth = jumped ? described.given : Math.min(described.given, described.expiresAt);
    if (claim > truth) {
      broken.push(
        `the status claims ${status.expiresAt}, the provider gave ${new Date(truth).toISOString()}`,
      );
    }
  }
  if (status?.expiresAt && described === undefined) broken.push('the status describes a token nobody issued');
  return broken;
};

/** The slow probe, and what clocks may be apart. */
const SLOWEST_PROBE_SECONDS = 30 * 60 + 60;

/**
 * Once faults stop, the connection is fresh within two ticks of the moment its status names for the next attempt, or
 * of the end of its pause; and that moment is never further away than the slow probe.
 */
const unhealed = async (w: Model, jumped: boolean): Promise<string[]> => {
  const tick = w.connection.tickSeconds;
  // What a clock that was wrong has written is put right by the first tick that sees it.
  if (jumped) await w.invoke();
  const before = w.status();
  const secondsTo = (time: string | null | undefined) =>
    time ? Math.max((Date.parse(time) - w.now()) / 1000, 0) : 0;
  const attempt = before?.state === 'failing' || before?.state === 'blocked' ? before.nextAttemptAt : null;
  if (secondsTo(attempt) > SLOWEST_PROBE_SECONDS) {
    return [`the next attempt is ${secondsTo(attempt)} s away: ${JSON.stringify(before)}`];
  }
  await pass(w, secondsTo(before?.pausedUntil));
  const after = w.status();
  await pass(w, after?.state === 'fresh' ? 0 : secondsTo(after?.nextAttemptAt));
  for (let ticks = 0; ticks < 2; ticks += 1) {
    w.advance(tick);
    await w.invoke();
  }
  const status = w.status();
  const valid = w.issuer.isValid(w.token());
  if (valid && status?.state === 'fresh' && Date.parse(status.expiresAt ?? '') > w.now()) {
    return status.tokenVersion === w.tokenVersion()
      ? []
      : [`the status describes version ${status.tokenVersion}, stored is ${w.tokenVersion()}`];
  }
  if (!valid && status?.state === 'fresh' && w.tokenIsLost()) return [];
  return [
    `not fresh after two ticks: token ${w.token()} is ${valid ? 'valid' : 'not valid'}, status ${JSON.stringify(status)}, ` +
      `clock ${new Date(w.now()).toISOString()} (start ${new Date(START).toISOString()})`,
  ];
};

/** Time passes, with a tick at its end: what happens in between is up to the ticks before. */
const pass = async (w: Model, seconds: number): Promise<void> => {
  if (seconds === 0) return;
  w.advance(seconds);
  await w.invoke();
};
