import pMap from 'p-map';
import type { Status } from '../../functions/status.ts';
import { PARALLEL } from './act.ts';
import { type Aws, aws, type Place, type SecretVersionAge } from './aws.ts';
import { command } from './command.ts';
import { choose, type Found } from './config.ts';
import { type CredentialsUse, staged, useOf } from './credentials-use.ts';
import { isMissing, SECRET_MISSING } from './errors.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { table } from './table.ts';
import { duration, type Paint, painter } from './words.ts';
import type { World } from './world.ts';

/** What is known of a connection's credentials without reading them. */
export interface CredentialsAge {
  readonly connection: string;
  /** `missing`: there is no such secret. */
  readonly use: CredentialsUse | 'missing';
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
  const versions = await pMap(found, (config) => versionsOf(reach, config), {
    concurrency: PARALLEL,
  });
  const ages = found.map((config, at) =>
    credentialsAge(config, statuses[at] ?? null, versions[at] ?? null, world.now()),
  );
  world.stdout.write(
    `${json ? JSON.stringify(ages, null, 2) : drawn(ages, painter(world), command(world, place))}\n`,
  );
  return ages.every(({ use }) => use === 'used') ? EXIT.ok : EXIT.attention;
};

/** Null where there is no such secret: what is known of the others is shown all the same. */
const versionsOf = async (reach: Aws, { secretArn }: Found): Promise<readonly SecretVersionAge[] | null> => {
  try {
    return await reach.secretVersions(secretArn);
  } catch (error) {
    if (error instanceof Error && isMissing(error)) return null;
    throw error;
  }
};

/** Pure. */
export const credentialsAge = (
  config: Pick<Found, 'connection' | 'exchangeFunctionName'>,
  status: Status | null,
  versions: readonly SecretVersionAge[] | null,
  now: number,
): CredentialsAge => {
  const { connection } = config;
  if (versions === null)
    return { connection, use: 'missing', version: null, ageSeconds: null, previous: null };
  const current = staged(versions, 'AWSCURRENT');
  const created = current?.createdAt?.getTime() ?? null;
  return {
    connection,
    use: useOf(config, status, versions),
    version: current?.version ?? null,
    ageSeconds: created === null ? null : Math.max(Math.floor((now - created) / 1000), 0),
    previous: staged(versions, 'AWSPREVIOUS')?.version ?? null,
  };
};

const drawn = (ages: readonly CredentialsAge[], paint: Paint, ops: string): string => {
  const rows = ages.map(({ connection, use, version, ageSeconds, previous }) => [
    paint('bold', connection),
    use === 'used'
      ? paint('green', use)
      : paint(use === 'rejected' || use === 'missing' ? 'red' : 'yellow', use),
    ageSeconds === null ? '–' : duration(ageSeconds * 1000),
    version ?? '–',
    previous ?? '–',
  ]);
  const head = ['CONNECTION', 'CREDENTIALS', 'AGE', 'VERSION', 'PREVIOUS VERSION'];
  const wanting = ages.find(({ use }) => use === 'empty' || use === 'rejected');
  const missing = ages.find(({ use }) => use === 'missing');
  const hints = [
    ...(wanting === undefined ? [] : [`to set them: ${ops} credentials set ${wanting.connection}`]),
    ...(missing === undefined ? [] : [`${missing.connection}: ${SECRET_MISSING}`]),
  ];
  return [
    table(
      head.map((title) => paint('dim', title)),
      rows,
    ),
    ...(hints.length === 0 ? [] : ['', ...hints]),
  ].join('\n');
};
