import { describe, expect, it } from 'vitest';
import { FAILURE_KINDS, type FailureCode } from '../../functions/errors.ts';
import { initialStatus, type Status } from '../../functions/status.ts';
import { adviceFor } from '../../infra/ops/advice.ts';
import type { Found } from '../../infra/ops/config.ts';
import type { CredentialsUse } from '../../infra/ops/credentials-use.ts';
import { explanation } from '../../infra/ops/explanation.ts';
import { AWAITING_LOGIN, at, BLOCKED, FAILING, FRESH, NOW, PAUSED, UQUDO } from './fixtures.ts';

const said = (status: Status | null, config = UQUDO, use: CredentialsUse | null = null): string =>
  explanation(config, status, NOW, 'npm run ops --', use)
    .map(({ title, sentences }) => [title, ...sentences].join('\n'))
    .join('\n');

describe('an explanation', () => {
  it('says of a fresh connection that it is not due, and when it is', () => {
    const text = said(FRESH);
    expect(text).toContain('uqudo keeps a token of the provider uqudo in /token-refresher/tokens/uqudo.');
    expect(text).toContain('A token is documented to live 30m.');
    expect(text).toContain('looks every 1m. A reader may cache the token for 13m.');
    expect(text).toContain('The token (version 7) is valid: it expires in 25m (2030-01-01 03:25:00 UTC).');
    expect(text).toContain('The last attempt was 5m ago (2030-01-01 02:55:00 UTC); it took 212ms');
    expect(text).toContain('because it is not due. It renews in 10m (2030-01-01 03:10:00 UTC)');
    expect(text).toMatch(/What to do\nNothing\.$/);
  });

  it('says of one that lives on AWSPREVIOUS what was rejected and what to set', () => {
    const text = said({ ...FRESH, reason: 'resumed' }, UQUDO, 'rejected');
    expect(text).toContain(
      'It was issued for AWSPREVIOUS: the provider rejected the credentials in AWSCURRENT.',
    );
    expect(text).toMatch(
      /drops those\. Try the others first: npm run ops -- try uqudo .*\n.*set them: npm run ops -- credentials set uqudo/,
    );
    expect(text).not.toContain('Nothing.');
  });

  it('says of a failing one that it may pass, and until when nobody notices', () => {
    const text = said(FAILING);
    expect(text).toContain('It says: the provider is unavailable (HTTP 503).');
    expect(text).toContain('3 attempts in a row have failed, the first 6m 40s ago');
    expect(text).toContain('asked again in 30s');
    expect(text).toContain('Readers notice nothing before the token expires in 25m');
    expect(text).toContain("Look at the provider's status page.");
  });

  it('leaves the command of a failure as it can be typed, and says to run it', () => {
    const message = 'it carries the label old: run `aws ssm unlabel-parameter-version --labels old`';
    const error = { code: 'token_not_stored', status: null, message } as const;
    const text = said({ ...FAILING, failures: { ...FAILING.failures, error } });
    expect(text).toContain(`The error was token_not_stored: ${message}.`);
    expect(text).toContain('If the error names a label, run the command in it');
  });

  it('does not soothe where the token has expired', () => {
    const text = said({ ...FAILING, expiresAt: at(-60) });
    expect(text).toContain('State: failing, and the token has expired.');
    expect(text).toContain('The token (version 7) expired 1m ago');
    expect(text).not.toContain('Readers notice nothing');
  });

  it('says of a blocked one why the provider is left alone and what unblocks it', () => {
    const text = said(BLOCKED);
    expect(text).toContain('The provider is left alone');
    expect(text).toContain('repeated logins can lock an account');
    expect(text).toContain('A new version of the secret is tried at once');
    expect(text).toContain('tried again in 28m 20s (2030-01-01 03:28:20 UTC), then every 30m.');
    expect(text).toContain(
      'Readers notice when the token expires in 25m (2030-01-01 03:25:00 UTC): the next attempt comes later.',
    );
    expect(text).toContain('npm run ops -- credentials set uqudo');
    expect(text).toContain('npm run ops -- refresh uqudo --force');
  });

  it('says of one blocked by anything but a login that it is tried sooner while its token lives', () => {
    const error = {
      code: 'not_a_token_response',
      status: 200,
      message: 'HTTP 200, but not a token response',
    } as const;
    const blocked = { ...BLOCKED, failures: { ...BLOCKED.failures, error }, nextAttemptAt: at(750) };
    const text = said(blocked);
    expect(text).not.toContain('lock an account');
    expect(text).toContain(
      'tried again in 12m 30s (2030-01-01 03:12:30 UTC), then at half of the life the token has left, but at least every 30m.',
    );
    expect(text).toContain('Readers notice nothing before the token expires in 25m');
    const expired = said({ ...blocked, expiresAt: at(-60) });
    expect(expired).toContain('(2030-01-01 03:12:30 UTC), then every 30m.');
    expect(expired).not.toContain('Readers notice');
  });

  it('says of a paused one when the pause ends, and that the token does not last until then', () => {
    const text = said(PAUSED);
    expect(text).toContain('Nothing until the pause ends in 2h (2030-01-01 05:00:00 UTC).');
    expect(text).toContain('The token expires before that, and nobody is alerted.');
    expect(text).toContain('npm run ops -- resume uqudo');
    expect(said({ ...PAUSED, expiresAt: at(9000) })).not.toContain('expires before that');
  });

  it('asks for credentials where there are none', () => {
    const text = said(initialStatus('uqudo', 'uqudo'));
    expect(text).toContain('There is no token.');
    expect(text).toContain('Its secret is empty.');
    expect(text).toContain('Set the credentials: npm run ops -- credentials set uqudo');
  });

  it('asks for a person where only a login helps, and promises no renewal', () => {
    const config = { ...UQUDO, connection: 'uae-pass', exchangeFunctionName: 'exchange' };
    const text = said(AWAITING_LOGIN, config);
    expect(text).toContain('no schedule can renew it');
    expect(text).not.toContain('It is renewed');
    expect(text).toContain('npm run ops -- exchange uae-pass --redirect-uri REDIRECT_URI');
  });

  it('sends nobody to log in where a grant is refused that needs no login, and says when it is tried again', () => {
    const error = { code: 'invalid_grant', status: 400, message: 'the provider said invalid_grant' } as const;
    const refused: Status = { ...BLOCKED, state: 'reauthorization-required' };
    const text = said({ ...refused, failures: { ...BLOCKED.failures, error }, reason: error.message });
    expect(text).toContain('tried again in 28m 20s (2030-01-01 03:28:20 UTC), then every 30m.');
    expect(text).toContain('Readers notice when the token expires in 25m');
    expect(text).toContain('Ask the provider why it refuses these credentials their grant');
    expect(text).toContain('npm run ops -- refresh uqudo --force');
    expect(text).not.toMatch(/log in|logs in|The code was refused/);
  });

  it('suspects the schedule where what was due was not done', () => {
    const text = said({ ...FRESH, renewAt: at(-600) });
    expect(text).toContain('no run of its function has finished since');
    expect(text).toContain('Look at the schedule');
  });

  it('says what to expect of a connection whose function has never finished', () => {
    const text = said(null);
    expect(text).toContain('A tick is due within 1m.');
    expect(text).toContain('npm run ops -- refresh uqudo');
  });
});

describe('a command in an advice', () => {
  const advice = (code: FailureCode, config: Found) => adviceFor(code, { ops: 'ops', config, codes: true });

  it('asks the host that is deployed, with the settings that are deployed', () => {
    const demo = { ...UQUDO, provider: 'alternative-payments', settings: { environment: 'demo' } };
    expect(advice('redirected', demo)).toMatch(/: ops try alternative-payments --set environment=demo$/);
    expect(advice('redirected', { ...UQUDO, settings: {} })).toMatch(/: ops try uqudo$/);
  });

  it('says that settings belong there where a stack from before does not tell them', () => {
    expect(advice('redirected', UQUDO)).toMatch(/: ops try uqudo --set KEY=VALUE$/);
  });

  it('hands in a code with the redirect URI it was issued to, if there is but one', () => {
    const uris = (...redirectUris: string[]) => ({ ...UQUDO, settings: { redirectUris } });
    const command = 'ops exchange uqudo --redirect-uri';
    expect(advice('reauthorization_required', uris('https://a.example/cb?x=1&y'))).toMatch(
      `${command} 'https://a.example/cb?x=1&y'`,
    );
    for (const config of [uris('https://a.example/cb', 'https://b.example/cb'), UQUDO]) {
      expect(advice('reauthorization_required', config)).toContain(`${command} REDIRECT_URI`);
    }
  });
});

it.each([true, false])('has advice without a gap for every failure there is (codes: %s)', (codes) => {
  for (const code of Object.keys(FAILURE_KINDS) as FailureCode[]) {
    const advice = adviceFor(code, { ops: 'ops', config: UQUDO, codes });
    expect(advice, code).toMatch(/^[A-Z].{20,}[^ ]$/);
    expect(advice, code).not.toMatch(/[{}]|undefined/);
  }
});
