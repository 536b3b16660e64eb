import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../functions/errors.ts';
import { tokenRequest } from '../../functions/oauth/token-request.ts';
import { dialect, PROVIDER_IDS } from '../../functions/providers/index.ts';
import { contracts } from './contracts.ts';

const directory = new URL('../../functions/providers/', import.meta.url);
const files = readdirSync(directory).filter((file) => !['index.ts', 'provider.ts'].includes(file));
const credentials = { client_id: 'the-client', client_secret: 'the-secret' };

const fieldsOf = async (body: Buffer, contentType: string) =>
  Object.fromEntries(
    (
      await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData()
    ).entries(),
  );

describe.each(contracts)('$id with $settings', (contract) => {
  const spoken = dialect(contract.id, contract.settings);
  const request = () => tokenRequest(spoken, credentials);

  it('posts to the documented endpoint over https', async () => {
    expect((await request()).url.href).toBe(contract.url);
  });

  it('sends the documented body, and the credentials in one place only', async () => {
    const { body, headers } = await request();
    const inBody = contract.authentication === 'client_secret_post';
    expect(await fieldsOf(body, headers['content-type'] ?? '')).toEqual({
      ...contract.body,
      ...(inBody ? credentials : {}),
    });
    expect(headers['authorization']).toBe(inBody ? undefined : `Basic ${btoa('the-client:the-secret')}`);
  });

  it('has the exact content type and asks for JSON', async () => {
    const { headers } = await request();
    expect(headers['content-type']).toMatch(
      'bodyFormat' in contract
        ? /^multipart\/form-data; boundary=\S+$/
        : /^application\/x-www-form-urlencoded$/,
    );
    expect(headers['accept']).toBe('application/json');
  });

  it('falls back to the documented lifetime', () => {
    expect(spoken.lifetimeSeconds).toBe(contract.lifetimeSeconds);
  });
});

describe('the registry', () => {
  it('has a contract for every provider file, and a file for every provider', () => {
    expect(files.map((file) => file.replace('.ts', '')).sort()).toEqual([...PROVIDER_IDS].sort());
    expect([...new Set(contracts.map(({ id }) => id))].sort()).toEqual([...PROVIDER_IDS].sort());
  });

  it.each(files)('%s knows no AWS and stays a page long', (file) => {
    const source = readFileSync(new URL(file, directory), 'utf8');
    expect(source).not.toContain('aws');
    expect(source.split('\n').length).toBeLessThan(100);
  });

  it('refuses an unknown provider with the known ones', () => {
    expect(() => dialect('okta', {})).toThrow(
      `there is no provider "okta": known are ${PROVIDER_IDS.join(', ')}`,
    );
    expect(() => dialect('toString', {})).toThrow('there is no provider "toString"');
  });
});

describe('a wrong setting is refused with what to write', () => {
  const oauth2 = {
    tokenEndpoint: 'https://auth.example.com/token',
    clientAuthentication: 'client_secret_post',
    lifetimeSeconds: 900,
  };

  it.each([
    ['uqudo', { enviroment: 'dev' }, 'uqudo has no setting "enviroment": it takes environment'],
    ['uqudo', { environment: 'test' }, 'uqudo: environment must be "production" or "dev"'],
    ['uqudo', { environment: 'toString' }, 'uqudo: environment must be'],
    [
      'screening-eagle',
      { host: 'inspect.example.com' },
      'scope is missing: it must be the scopes, space separated',
    ],
    [
      'screening-eagle',
      { host: 'https://x.example.com', scope: 'a' },
      'host must be a host name without scheme',
    ],
    ['screening-eagle', { host: 'x.example.com/evil', scope: 'a' }, 'host must be a host name'],
    ['screening-eagle', { host: 'x.example.com:8443', scope: 'a' }, 'host must be a host name'],
    ['screening-eagle', { host: 'x.example.com', scope: ' ' }, 'scope must be the scopes'],
    ['igni', {}, 'igni: workspace is missing: it must be one DNS label'],
    ['igni', { workspace: 'acme.evil.example' }, 'workspace must be one DNS label'],
    ['igni', { workspace: 'acme/..' }, 'workspace must be one DNS label'],
    ['igni', { workspace: 'evil.example#' }, 'workspace must be one DNS label'],
    ['igni', { workspace: '-acme' }, 'workspace must be one DNS label'],
    ['igni', { workspace: 'a'.repeat(64) }, 'workspace must be one DNS label'],
    ['igni', { workspace: 'acme\n' }, 'workspace must be one DNS label'],
    ['uae-pass', {}, 'redirectUris is missing: it must be a non-empty list'],
    ['uae-pass', { redirectUris: [] }, 'redirectUris must be a non-empty list'],
    [
      'uae-pass',
      { redirectUris: ['http://www.example.com/'] },
      'redirectUris must be a non-empty list of https URLs',
    ],
    ['oauth2', {}, 'tokenEndpoint is missing'],
    [
      'oauth2',
      { ...oauth2, tokenEndpoint: 'http://auth.example.com/token' },
      'tokenEndpoint must be an https URL',
    ],
    [
      'oauth2',
      { ...oauth2, tokenEndpoint: 'https://u:p@auth.example.com/' },
      'tokenEndpoint must be an https URL',
    ],
    [
      'oauth2',
      { ...oauth2, tokenEndpoint: 'https://auth.example.com/#x' },
      'tokenEndpoint must be an https URL',
    ],
    ['oauth2', { ...oauth2, tokenEndpoint: 'auth.example.com' }, 'tokenEndpoint must be an https URL'],
    [
      'oauth2',
      { ...oauth2, tokenEndpoint: 'http://127.0.0.1.example.com/' },
      'tokenEndpoint must be an https URL',
    ],
    ['oauth2', { ...oauth2, lifetimeSeconds: '900' }, 'lifetimeSeconds must be a whole number of seconds'],
    ['oauth2', { ...oauth2, lifetimeSeconds: 0 }, 'lifetimeSeconds must be a whole number of seconds'],
    [
      'oauth2',
      { ...oauth2, parameters: { client_secret: 'x' } },
      'parameters must not contain "client_secret"',
    ],
    ['oauth2', { ...oauth2, parameters: { audience: 1 } }, 'parameters must hold strings'],
    ['oauth2', { ...oauth2, parameters: ['a'] }, 'parameters must be an object of strings'],
    [
      'oauth2',
      { ...oauth2, grant: 'password' },
      'grant must be "client_credentials" or "authorization_code"',
    ],
    ['oauth2', { ...oauth2, grant: 'authorization_code' }, 'redirectUris is missing'],
    ['oauth2', { ...oauth2, encoding: 'rfc6749' }, 'encoding is for client_secret_basic only'],
  ])('%s %j: %s', (id, settings, message) => {
    expect(() => dialect(id, settings)).toThrow(message);
  });

  const secrets = [
    'client_assertion',
    'assertion',
    'password',
    'refresh_token',
    'subject_token',
    'code_verifier',
    'api_key',
    'apiKey',
    'API-KEY',
    'key',
    'app_secret',
    'secret',
  ];

  it.each(secrets)('oauth2: parameters must not contain "%s", which belongs into no template', (name) => {
    const parameters = { audience: 'https://api.example.com', [name]: 'x' };
    expect(() => dialect('oauth2', { ...oauth2, parameters })).toThrow(
      new ConfigurationError(
        `oauth2: parameters must not contain "${name}": by its name it is a secret, and what is set here stands in the template`,
      ),
    );
  });

  it.each(['client_assertion_type', 'keyboard', 'secretary', 'token_format', 'username', 'resource'])(
    'oauth2 takes the parameter %s',
    (name) => {
      const { parameters } = dialect('oauth2', { ...oauth2, parameters: { [name]: 'x' } });
      expect(parameters).toEqual({ [name]: 'x' });
    },
  );

  it.each(['client_secret', ...secrets])('never shows the value of %s', (name) => {
    const settings = { ...oauth2, parameters: { [name]: 'hunter2-hunter2' } };
    expect(() => dialect('oauth2', settings)).toThrow(/^(?!.*hunter2)/);
  });

  it('says everything that is wrong at once', () => {
    expect(() => dialect('screening-eagle', { hots: 'x' })).toThrow(
      /hots.*host is missing.*scope is missing/,
    );
  });

  it('takes http to loopback, for a local sandbox', () => {
    const settings = { ...oauth2, tokenEndpoint: 'http://127.0.0.1:4000/token' };
    expect(dialect('oauth2', settings).tokenEndpoint).toBe('http://127.0.0.1:4000/token');
  });
});
