import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ExchangeAnswer } from '../../functions/exchange-event.ts';
import { startAwsEndpoint } from '../../infra/local/aws/server.ts';
import type { LoginPage } from '../../infra/local/login-page.ts';
import { startLogins } from '../../infra/local/logins.ts';
import { type Sandbox, startSandbox } from '../../infra/local/sandbox.ts';
import { chromiumIsPresent, launch } from '../board/browser.ts';
import { useAssembly } from './assembly-fixture.ts';

const REDIRECT_URI = 'https://www.example.com/uae-pass/callback';
const TOKEN = '/token-refresher/tokens/uae-pass';

const assembly = useAssembly();
const open: { close: () => Promise<unknown> }[] = [];
const start = async (speed = 1): Promise<{ sandbox: Sandbox; logins: LoginPage; link: string }> => {
  const sandbox = await startSandbox({ assemblyDirectory: assembly.directory, only: ['uae-pass'], speed });
  const logins = await startLogins(sandbox);
  open.push(sandbox, logins);
  return { sandbox, logins, link: logins.links.get('uae-pass') ?? '' };
};
afterEach(() => Promise.all(open.splice(0).map((each) => each.close())));

const names = ({ aws }: Sandbox) => (aws?.parameters.all() ?? []).map(({ name }) => name);
const tokenIn = ({ aws }: Sandbox) =>
  aws?.parameters
    .all()
    .find(({ name }) => name === TOKEN)
    ?.versions.at(-1)?.value ?? null;
const tick = (sandbox: Sandbox) => sandbox.invoke('uae-pass', { action: 'tick' });
const denied = ({ calls }: Sandbox) => calls.filter(({ outcome }) => outcome === 'AccessDeniedException');

/** A browser as far as logging in takes: cookies of one site, redirects one by one. */
const browse = (link: string) => {
  let cookie = '';
  const ask = async (url: URL | string, method = 'GET'): Promise<Response> => {
    const answer = await fetch(url, { method, redirect: 'manual', headers: { cookie } });
    const set = answer.headers.getSetCookie()[0];
    if (set !== undefined) cookie = set.split(';')[0] ?? '';
    return answer;
  };
  const to = (answer: Response) => new URL(answer.headers.get('location') ?? '', link);
  return {
    ask,
    /** Begins a login and clicks "Log in". Answers where the browser is sent. */
    logIn: async (): Promise<URL> => {
      const authorize = to(await ask(link));
      expect((await ask(authorize)).status).toBe(200);
      return to(await ask(authorize, 'POST'));
    },
  };
};

describe('a login in the sandbox', () => {
  it('ends with the token in the parameter, by the deployed functions with their own rights', async () => {
    const { sandbox, link } = await start();
    const browser = browse(link);
    const page = await browser.ask(await browser.logIn());
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('exchanged');
    expect(tokenIn(sandbox)).toBe(sandbox.providers.issued()[0]?.access_token);
    expect(JSON.parse((await tick(sandbox)).payload)).toMatchObject({ outcome: 'fresh', tokenVersion: 1 });
    expect(denied(sandbox)).toEqual([]);
  });

  it('hands nothing in for a browser that did not begin it (login CSRF)', async () => {
    const { sandbox, link } = await start();
    const victim = browse(link);
    await victim.ask(link);
    const sentTo = await browse(link).logIn();
    expect((await victim.ask(sentTo)).status).toBe(400);
    expect((await fetch(sentTo)).status).toBe(400);
    expect(sandbox.providers.requests.filter(({ path }) => path === '/idshub/token')).toEqual([]);
  });

  it('hands a code in once, however often the callback is loaded', async () => {
    const { sandbox, link } = await start();
    const browser = browse(link);
    const callback = await browser.logIn();
    expect((await browser.ask(callback)).status).toBe(200);
    expect((await browser.ask(callback)).status).toBe(400);
    expect(sandbox.providers.issued()).toHaveLength(1);
  });

  it.each([
    ['an unknown path', '/elsewhere', {}, 404],
    ['an unknown connection', '/login/uqudo', {}, 404],
    ['a callback without a login', '/callback/uae-pass?code=made-up&state=made-up', {}, 400],
    ['the token endpoint', '/at/stg-id.uaepass.ae/idshub/token', {}, 404],
  ])('does nothing for %s', async (_, path, headers, status) => {
    const { sandbox, link } = await start();
    expect((await fetch(new URL(path, link), { headers })).status).toBe(status);
    expect(sandbox.providers.requests).toEqual([]);
  });
});

describe('codes in the sandbox', () => {
  const handIn = async (sandbox: Sandbox, code: string, more: object = {}): Promise<ExchangeAnswer> => {
    const { payload, functionError } = await sandbox.exchange('uae-pass', {
      code,
      redirectUri: REDIRECT_URI,
      ...more,
    });
    expect([functionError, payload]).toEqual([null, payload]);
    return JSON.parse(payload);
  };
  const issue = (sandbox: Sandbox, redirect_uri = REDIRECT_URI, now = Date.now()) =>
    sandbox.providers.codes.issue({ client_id: sandbox.clientId('uae-pass'), redirect_uri }, now);

  it('are refused when they are unknown, too old or issued for another redirect URI', async () => {
    const { sandbox } = await start();
    expect(await handIn(sandbox, 'made-up')).toMatchObject({ outcome: 'rejected', error: 'code_unknown' });
    const old = issue(sandbox, REDIRECT_URI, Date.now() - 10_000);
    expect(await handIn(sandbox, old)).toMatchObject({ outcome: 'rejected', error: 'code_expired' });
    const other = issue(sandbox, 'https://www.example.com/other');
    expect(await handIn(sandbox, other)).toMatchObject({
      outcome: 'rejected',
      error: 'redirect_uri_mismatch',
    });
  });

  it('reach UAE PASS once, and the token stays good', async () => {
    const { sandbox } = await start();
    const code = issue(sandbox);
    expect(await handIn(sandbox, code)).toMatchObject({ outcome: 'exchanged', tokenVersion: 1 });
    expect(await handIn(sandbox, code)).toMatchObject({ outcome: 'already-exchanged', tokenVersion: 1 });
    expect(sandbox.providers.issued().map(({ revoked }) => revoked)).toEqual([false]);
  });

  it('leave nothing behind at an endpoint of the user', async () => {
    const own = await startAwsEndpoint({ place: { region: 'eu-central-1', account: '123456789012' } });
    open.push(own);
    const sandbox = await startSandbox({
      assemblyDirectory: assembly.directory,
      only: ['uae-pass'],
      awsEndpointUrl: own.url,
    });
    await handIn(sandbox, issue(sandbox), { subject: 'person-1' });
    expect(own.parameters.all().map(({ name }) => name)).toContain(`${TOKEN}/person-1`);
    await sandbox.close();
    expect(own.parameters.all()).toEqual([]);
  });

  it("lead to tokens that are watched and cleared away, by the watch's own rights", async () => {
    // A lifetime of 2 s.
    const { sandbox } = await start(1800);
    await handIn(sandbox, issue(sandbox));
    await handIn(sandbox, issue(sandbox), { subject: 'person-1' });
    const past = new Date(Date.now() - 7_200_000).toISOString();
    const marker = { schema: 1, run: 'r', at: past, subject: null, result: null };
    const value = JSON.stringify(marker);
    sandbox.aws?.parameters.put(
      { name: '/token-refresher/codes/uae-pass/old', value, type: 'String' },
      Date.now(),
    );
    expect(names(sandbox)).toEqual(expect.arrayContaining([TOKEN, `${TOKEN}/person-1`]));

    const gone = [TOKEN, `${TOKEN}/person-1`, '/token-refresher/codes/uae-pass/old'];
    await expect
      .poll(
        async () => {
          expect((await tick(sandbox)).functionError).toBeNull();
          return names(sandbox).filter((name) => gone.includes(name));
        },
        { timeout: 25_000 },
      )
      .toEqual([]);
    expect(sandbox.aws?.events).toEqual([
      expect.objectContaining({
        source: 'token-refresher',
        detailType: 'Reauthorization Required',
        detail: expect.objectContaining({ connection: 'uae-pass' }),
      }),
    ]);
    expect(JSON.stringify(sandbox.aws?.events)).not.toContain('person-1');
    expect(denied(sandbox)).toEqual([]);
  });
});

describe.runIf(chromiumIsPresent())('a login in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  it('takes one click, and ends with the token in the parameter', async () => {
    const { sandbox, link } = await start();
    const page = await browser.newPage();
    await page.goto(link);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('exchanged').waitFor();
    expect(tokenIn(sandbox)).toBe(sandbox.providers.issued()[0]?.access_token);
    expect(await page.content()).not.toContain(tokenIn(sandbox) ?? '');
    await page.close();
  });
});
