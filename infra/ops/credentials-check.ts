import pMap from 'p-map';
import type { Status } from '../../functions/status.ts';
import { PARALLEL } from './act.ts';
import { aws, type Place, type SecretVersionAge } from './aws.ts';
import { choose, type Found } from './config.ts';
import { usedPrevious } from './credentials-set.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { table } from './table.ts';
import { duration, type Paint, painter } from './words.ts';
import { self, type World } from './world.ts';

/** What is known of a connection's credentials without reading them. */
export interface CredentialsAge {
  readonly connection: string;
  readonly use: 'used' | 'not used yet' | 'rejected' | 'empty';
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
  world.stdout.write(`${json ? JSON.stringify(ages, null, 2) : drawn(ages, painter(world), self(world))}\n`);
  return ages.every(({ use }) => use === 'used') ? EXIT.ok : EXIT.attention;
};

/** Pure. */
export const credentialsAge = (
  { connection }: Pick<Found, 'connection'>,
  status: Status | null,
  versions: readonly SecretVersionAge[],
  now: number,
): CredentialsAge => {
  const staged = (stage: string) => versions.find(({ stages }) => stages.includes(stage));
  const current = staged('AWSCURRENT');
  const previous = staged('AWSPREVIOUS')?.version ?? null;
  if (current === undefined) {
    return { connection, use: 'empty', version: null, ageSeconds: null, previous };
  }
  const created = current.createdAt?.getTime() ?? null;
  return {
    connection,
    use: useOf(status, current.version, previous),
    version: current.version,
    ageSeconds: created === null ? null : Math.max(Math.floor((now - created) / 1000), 0),
    previous,
  };
};

const useOf = (status: Status | null, version: string, previous: string | null): CredentialsAge['use'] => {
  if (status === null) return 'not used yet';
  const code = status.failures.error?.code;
  if (status.secretVersion === version) {
    if (code === 'credentials_empty') return 'empty';
    return code === 'credentials_rejected' || code === 'credentials_invalid' ? 'rejected' : 'used';
  }
  // The last refresh fell back to what is AWSPREVIOUS still: it was this version that the provider rejected.
  return usedPrevious(status) && status.secretVersion === previous ? 'rejected' : 'not used yet';
};

const drawn = (ages: readonly CredentialsAge[], paint: Paint, self: string): string => {
  const rows = ages.map(({ connection, use, version, ageSeconds, previous }) => [
    paint('bold', connection),
    use === 'used' ? paint('green', use) : paint(use === 'rejected' ? 'red' : 'yellow', use),
    ageSeconds === null ? '–' : duration(ageSeconds * 1000),
    version ?? '–',
    previous ?? '–',
  ]);
  const head = ['CONNECTION', 'CREDENTIALS', 'AGE', 'VERSION', 'PREVIOUS VERSION'];
  const wanting = ages.find(({ use }) => use === 'empty' || use === 'rejected');
  const hint =
    wanting === undefined ? [] : ['', `to set them: ${self} credentials set ${wanting.connection}`];
  return [
    table(
      head.map((title) => paint('dim', title)),
      rows,
    ),
    ...hint,
  ].join('\n');
};
