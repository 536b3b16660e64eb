import pMap from 'p-map';
import type { Status } from '../../functions/status.ts';
import { PARALLEL } from './act.ts';
import { aws, type Place, type SecretVersionAge } from './aws.ts';
import { command } from './command.ts';
import { choose, type Found } from './config.ts';
import { type CredentialsUse, staged, useOf } from './credentials-use.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { table } from './table.ts';
import { duration, type Paint, painter } from './words.ts';
import type { World } from './world.ts';

/** What is known of a connection's credentials without reading them. */
export interface CredentialsAge {
  readonly connection: string;
  readonly use: CredentialsUse;
  /** Version id of AWSCURRENT; null while the secret is empty. */
  readonly version: string | null;
  readonly ageSeconds: number | null;
  /** Version id of AWSPREVIOUS, which a refresh falls back to. */
  readonly previous: string | null;
}

/** Tells version and age of credentials. Reads no value. */
export const checkCredentials = async (
  world: World,
  place: Place,
  names: readonly string[],
  { json = false }: { readonly json?: boolean },
): Promise<ExitCode> => {
  const reach = aws(place);
  const found = choose(await reach.connections(), names);
  const statuses = await reach.statuses(found);
  const versions = await pMap(found, ({ secretArn }) => reach.secretVersions(secretArn), {
    concurrency: PARALLEL,
  });
  const ages = found.map((config, at) =>
    credentialsAge(config, statuses[at] ?? null, versions[at] ?? [], world.now()),
  );
  world.stdout.write(
    `${json ? JSON.stringify(ages, null, 2) : drawn(ages, painter(world), command(world, place))}\n`,
  );
  return ages.every(({ use }) => use === 'used') ? EXIT.ok : EXIT.attention;
};

/** Pure. */
export const credentialsAge = (
  config: Pick<Found, 'connection' | 'exchangeFunctionName'>,
  status: Status | null,
  versions: readonly SecretVersionAge[],
  now: number,
): CredentialsAge => {
  const current = staged(versions, 'AWSCURRENT');
  const created = current?.createdAt?.getTime() ?? null;
  return {
    connection: config.connection,
    use: useOf(config, status, versions),
    version: current?.version ?? null,
    ageSeconds: created === null ? null : Math.max(Math.floor((now - created) / 1000), 0),
    previous: staged(versions, 'AWSPREVIOUS')?.version ?? null,
  };
};

const drawn = (ages: readonly CredentialsAge[], paint: Paint, ops: string): string => {
  const rows = ages.map(({ connection, use, version, ageSeconds, previous }) => [
    paint('bold', connection),
    use === 'used' ? paint('green', use) : paint(use === 'rejected' ? 'red' : 'yellow', use),
    ageSeconds === null ? '–' : duration(ageSeconds * 1000),
    version ?? '–',
    previous ?? '–',
  ]);
  const head = ['CONNECTION', 'CREDENTIALS', 'AGE', 'VERSION', 'PREVIOUS VERSION'];
  const wanting = ages.find(({ use }) => use === 'empty' || use === 'rejected');
  const hint = wanting === undefined ? [] : ['', `to set them: ${ops} credentials set ${wanting.connection}`];
  return [
    table(
      head.map((title) => paint('dim', title)),
      rows,
    ),
    ...hint,
  ].join('\n');
};
