import { RefreshError } from '../../functions/errors.ts';
import type { TokenHttpResponse } from '../../functions/oauth/send.ts';
import type { TokenRequest } from '../../functions/oauth/token-request.ts';
import { exchangeWorld, START } from '../exchange/world.ts';
import { type Canary, credentialCanaries, everythingOf } from './find-leaks.ts';
import { CREDENTIALS } from './refresh-function.ts';

const numbered = (what: string) => (n: number) => `${what}-${n}-kAn4r1.of/the+test=${n}`;
const codeNumber = numbered('c0d3');
const tokenNumber = numbered('xchg');
/** Shares no six characters with a code: its mask would hide a piece of that, and what leaks with it. */
const CODE_VERIFIER = `v3r1f1er${'~'.repeat(40)}`;

type Provider = (
  request: TokenRequest,
  token: string,
  code: string,
) => { status: number; body: unknown } | RefreshError;

const echo = ({ headers, body }: TokenRequest, token: string) => {
  const said = `${body} ${headers['authorization']} ${CREDENTIALS.client_secret} ${token}`;
  return {
    error_description: said,
    message: JSON.stringify(said),
    detail: encodeURIComponent(said),
    access_token: token,
  };
};
const issue = (access_token: string, more: object = {}) => ({
  status: 200,
  body: { access_token, token_type: 'Bearer', expires_in: 3600, id_token: access_token, ...more },
});

/** Each alone, since of what a provider says only the beginning comes out. */
const echoes = [
  (_: TokenRequest, code: string) => code,
  () => CODE_VERIFIER,
  () => CREDENTIALS.client_secret,
  ({ headers }: TokenRequest) => headers['authorization'],
].map(
  (part): Provider =>
    (request, _, code) => ({
      status: 400,
      body: { error: 'invalid_grant', error_description: part(request, code) },
    }),
);

const PROVIDERS: readonly Provider[] = [
  ...echoes,
  (_, token) => issue(token),
  (request, token) => ({ status: 400, body: { error: 'invalid_grant', ...echo(request, token) } }),
  (request, token) => ({ status: 400, body: { error: 'Invalid request', ...echo(request, token) } }),
  (request, token) => ({ status: 401, body: { error: 'invalid_client', ...echo(request, token) } }),
  (request, token) => ({ status: 503, body: echo(request, token) }),
  (request) => ({ status: 400, body: [request.body.toString()] }),
  (_, token) => ({
    status: 400,
    body: { error: 'invalid_grant', error_description: `redirectUriMismatch ${token}` },
  }),
  (_, token) => issue(`${token} x`),
  (_, token) => issue(token, { token_type: token }),
  (_, token) => issue(token, { expires_in: 0 }),
  (_, token) => issue(token, { scope: 'openid' }),
  () => new RefreshError('connection_lost', 'the connection broke'),
];

/**
 * Hands codes in and watches what comes of them, and answers all that was said: log, metrics, answers, errors with their
 * causes, markers, statuses and events.
 */
export const everythingTheExchangeSays = async () => {
  let sent = 0;
  const send = async (request: TokenRequest): Promise<TokenHttpResponse> => {
    const provider = PROVIDERS[sent % PROVIDERS.length] as Provider;
    sent += 1;
    const wire = provider(request, tokenNumber(sent), codeNumber(sent));
    if (wire instanceof RefreshError) throw wire;
    return {
      status: wire.status,
      retryAfter: null,
      body: Buffer.from(JSON.stringify(wire.body)),
      sentAt: START,
    };
  };
  const w = await exchangeWorld({}, { send }, JSON.stringify(CREDENTIALS));
  const said: string[] = [];
  const say = async (what: Promise<unknown>) => {
    said.push(await what.then((answer) => JSON.stringify(answer), everythingOf));
    said.push(...w.markers(), JSON.stringify(w.status()), JSON.stringify(w.state.notices));
  };

  const codes = PROVIDERS.length;
  for (let n = 1; n <= codes; n += 1) {
    for (let time = 0; time < 2; time += 1)
      await say(w.handIn(codeNumber(n), { codeVerifier: CODE_VERIFIER }));
  }
  await say(
    w.exchange({ code: codeNumber(1), redirectUri: `https://elsewhere.example.com/${codeNumber(1)}` }),
  );
  for (const field of ['code', 'redirectUri', 'subject', 'codeVerifier', 'state']) {
    await say(w.exchange({ code: codeNumber(1), redirectUri: 'x', [field]: `${codeNumber(1)}\n` }));
  }
  for (const seconds of [0, 2000, 3601]) {
    w.advance(seconds);
    await say(w.watch());
  }
  await w.close();
  const canaries: Canary[] = [
    ...credentialCanaries(CREDENTIALS.client_id, CREDENTIALS.client_secret),
    { name: 'the code verifier', value: CODE_VERIFIER },
    ...Array.from({ length: codes }, (_, index) => ({
      name: `code ${index + 1}`,
      value: codeNumber(index + 1),
    })),
    ...Array.from({ length: sent }, (_, index) => ({
      name: `access_token ${index + 1}`,
      value: tokenNumber(index + 1),
    })),
  ];
  return { text: [...said, ...w.state.log].join('\n'), canaries };
};
