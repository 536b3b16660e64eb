import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SSMClient, UnlabelParameterVersionCommand } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Sandbox, type SandboxProps, startSandbox } from '../../infra/local/sandbox.ts';
import { useAssembly } from './assembly-fixture.ts';

vi.setConfig({ testTimeout: 60_000 });

const assembly = useAssembly();
const open: Sandbox[] = [];
const start = async (connection: string, props: Partial<SandboxProps> = {}) => {
  const sandbox = await startSandbox({
    assemblyDirectory: assembly.directory,
    only: [connection],
    speed: 60,
    ...props,
  });
  open.push(sandbox);
  return sandbox;
};
afterEach(() => Promise.all(open.splice(0).map((sandbox) => sandbox.close())));

const storeOf = ({ aws }: Sandbox) => {
  if (aws === null) throw new Error('the sandbox has no store of its own');
  return aws.parameters;
};

/** Labels the oldest version there is, and writes on until SSM keeps no more. */
const fill = (sandbox: Sandbox, name: string, labels: readonly string[]) => {
  const store = storeOf(sandbox);
  const { version, value, type, keyId } = store.get(name).version;
  store.label(name, labels, version);
  for (let n = version + 1; n < version + 100; n += 1)
    store.put({ name, value, type, keyId, overwrite: true }, Date.now());
};

const invoke = async (sandbox: Sandbox, connection: string, event: object) => {
  const { payload } = await sandbox.invoke(connection, event);
  return JSON.parse(payload);
};
const tick = (sandbox: Sandbox, connection: string) => invoke(sandbox, connection, { action: 'tick' });
const force = (sandbox: Sandbox, connection: string) =>
  invoke(sandbox, connection, { action: 'refresh', force: true });

const looks = ({ calls }: Sandbox) =>
  calls
    .filter(({ operation }) => operation === 'GetParameterHistory')
    .map(({ caller, resources, outcome }) => [caller, ...resources, outcome]);

/** Does what the sentence says, as whoever is on call would: the one command in it. */
const obey = async ({ environment }: Sandbox, sentence: string) => {
  const command =
    /`aws ssm unlabel-parameter-version --name (\S+) --parameter-version (\d+) --labels ([^`]+)`/;
  const [, Name, version, labels = ''] = command.exec(sentence) ?? [];
  const ssm = new SSMClient({
    endpoint: environment['AWS_ENDPOINT_URL'] ?? '',
    region: environment['AWS_REGION'] ?? '',
    credentials: { accessKeyId: 'somebody', secretAccessKey: 'on-call' },
  });
  const { RemovedLabels } = await ssm.send(
    new UnlabelParameterVersionCommand({
      Name,
      ParameterVersion: Number(version),
      Labels: labels.split(' '),
    }),
  );
  ssm.destroy();
  return { Name, version: Number(version), RemovedLabels };
};

describe('a label on the oldest of 100 versions', () => {
  const TOKEN = '/token-refresher/tokens/uqudo';
  const STATUS = '/token-refresher/status/uqudo';

  it('of a token is named by the deployed function, the token stays, and the next tick heals', async () => {
    const sandbox = await start('uqudo');
    await tick(sandbox, 'uqudo');
    fill(sandbox, TOKEN, ['known-good', 'audit']);
    const stored = storeOf(sandbox).get(TOKEN).version;
    expect(looks(sandbox)).toEqual([]);

    const { outcome, reason } = await force(sandbox, 'uqudo');
    expect({ outcome, reason }).toEqual({
      outcome: 'failed',
      reason:
        `SSM keeps 100 versions of ${TOKEN} and cannot drop version 1, because it carries the labels known-good, audit: ` +
        `run \`aws ssm unlabel-parameter-version --name ${TOKEN} --parameter-version 1 --labels known-good audit\``,
    });
    expect(looks(sandbox)).toEqual([['token-refresher-uqudo', TOKEN, 'ok']]);
    expect(storeOf(sandbox).get(TOKEN).version).toEqual(stored);
    expect((await sandbox.statuses()).get('uqudo')).toMatchObject({
      state: 'failing',
      failures: { error: { code: 'token_not_stored', message: reason } },
    });

    expect(await obey(sandbox, reason)).toEqual({
      Name: TOKEN,
      version: 1,
      RemovedLabels: ['known-good', 'audit'],
    });
    // Ticks come every second here, and a failed attempt is repeated half a tick later.
    await expect
      .poll(async () => (await tick(sandbox, 'uqudo')).outcome, { timeout: 30_000 })
      .toBe('refreshed');
    expect(storeOf(sandbox).get(TOKEN).version).toMatchObject({
      version: 101,
      value: sandbox.providers.issued().at(-1)?.access_token,
    });
  });

  it('of a status is named too, and without it a refresh works again', async () => {
    const sandbox = await start('uqudo');
    await tick(sandbox, 'uqudo');
    fill(sandbox, STATUS, ['before-the-move']);
    const { outcome, reason } = await force(sandbox, 'uqudo');
    expect(outcome).toBe('failed');
    expect(reason).toContain('because it carries the label before-the-move: run');
    expect(new Set(looks(sandbox).map(String))).toEqual(new Set([`token-refresher-uqudo,${STATUS},ok`]));
    expect(await obey(sandbox, reason)).toMatchObject({ Name: STATUS, RemovedLabels: ['before-the-move'] });
    expect(await force(sandbox, 'uqudo')).toMatchObject({ outcome: 'refreshed', tokenVersion: 2 });
  });

  it('is left to whoever may read the history, where the role may not', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'token-refresher-test-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    cpSync(assembly.directory, directory, { recursive: true });
    const file = join(directory, 'token-refresher-dev.template.json');
    const template = readFileSync(file, 'utf8');
    expect(template).toContain('"ssm:GetParameterHistory"');
    writeFileSync(file, template.replaceAll('"ssm:GetParameterHistory"', '"ssm:ListTagsForResource"'));
    const sandbox = await start('uqudo', { assemblyDirectory: directory });
    await tick(sandbox, 'uqudo');
    fill(sandbox, TOKEN, ['known-good']);
    expect((await force(sandbox, 'uqudo')).reason).toBe(
      `SSM keeps 100 versions of ${TOKEN} and cannot drop version 1, because it carries a label. ` +
        `See it: aws ssm get-parameter-history --name ${TOKEN} --query "Parameters[?Labels[0]].[Version,Labels]" ` +
        `Remove it: aws ssm unlabel-parameter-version --name ${TOKEN} --parameter-version 1 --labels LABEL`,
    );
    expect(looks(sandbox)).toEqual([['token-refresher-uqudo', TOKEN, 'AccessDeniedException']]);
  });

  it('of a person is named by the exchange, and that of a watched status by the watch', async () => {
    const sandbox = await start('uae-pass', { speed: 1 });
    const redirectUri = 'https://www.example.com/uae-pass/callback';
    const handIn = async () => {
      const client_id = sandbox.clientId('uae-pass');
      const code = sandbox.providers.codes.issue({ client_id, redirect_uri: redirectUri }, Date.now());
      return JSON.parse(
        (await sandbox.exchange('uae-pass', { code, redirectUri, subject: 'person-1' })).payload,
      );
    };
    const token = '/token-refresher/tokens/uae-pass/person-1';
    expect(await handIn()).toMatchObject({ outcome: 'exchanged', tokenVersion: 1 });
    fill(sandbox, token, ['of-the-audit']);
    const { error, reason } = await handIn();
    expect(error).toBe('token_not_stored');
    expect(await obey(sandbox, reason)).toEqual({ Name: token, version: 1, RemovedLabels: ['of-the-audit'] });
    expect(await handIn()).toMatchObject({ outcome: 'exchanged', tokenVersion: 101 });

    const status = '/token-refresher/status/uae-pass';
    await tick(sandbox, 'uae-pass');
    fill(sandbox, status, ['first']);
    const watched = await invoke(sandbox, 'uae-pass', {
      action: 'pause',
      until: new Date(Date.now() + 3_600_000).toISOString(),
    });
    expect(await obey(sandbox, watched.reason)).toEqual({
      Name: status,
      version: 1,
      RemovedLabels: ['first'],
    });
    expect(sandbox.calls.filter(({ outcome }) => outcome === 'AccessDeniedException')).toEqual([]);
  });
});
