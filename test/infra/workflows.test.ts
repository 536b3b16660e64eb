import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import cdk from '../../cdk.json' with { type: 'json' };
import { stages } from '../../infra/stages.ts';

const directory = join(import.meta.dirname, '..', '..', '.github', 'workflows');
const workflows = Object.fromEntries(
  readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8')]),
);

describe.each(Object.entries(workflows))('the workflow %s', (_, text) => {
  it('has no rights but those a job asks for', () => {
    expect(text).toMatch(/^permissions: \{\}$/m);
    const asked = [...text.matchAll(/^ {6}([a-z-]+): (read|write)$/gm)].map(
      ([, right, level]) => `${right}: ${level}`,
    );
    expect(new Set(asked)).toEqual(
      new Set(asked.filter((one) => ['contents: read', 'id-token: write'].includes(one))),
    );
  });

  it('pins every action to a commit and says which version that is', () => {
    const used = [...text.matchAll(/uses: (?!\.\/)(.*)$/gm)].map(([, action]) => action);
    expect(used.length).toBeGreaterThan(0);
    for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('has no long-lived credentials and puts no expression into a script', () => {
    expect(text).not.toMatch(/secrets\.|AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY/);
    const scripts = [...text.matchAll(/^ +(?:- )?run: (?:\|\n((?: {10,}.*\n)+)|(.*))$/gm)].map(
      ([script]) => script,
    );
    expect(scripts.length).toBeGreaterThan(0);
    for (const script of scripts) expect(script).not.toContain('${{');
  });

  it('limits the time of every job that runs', () => {
    expect(text.match(/runs-on:/g)?.length).toBe(text.match(/timeout-minutes:/g)?.length);
  });
});

describe('the pipeline', () => {
  it('shows and deploys every stage', () => {
    const text = workflows['deploy.yml'] ?? '';
    expect(text).toContain(`stage: [${Object.keys(stages).join(', ')}]`);
    const deployed = [...text.matchAll(/^ {6}stage: (\w+)$/gm)].map(([, stage]) => stage);
    expect(deployed).toEqual(Object.keys(stages));
  });

  it('compares templates on a pull request, since a change set would take the role that deploys', () => {
    expect(workflows['deploy.yml']).toMatch(/ cdk diff --method template /);
  });

  it('checks the connections under the prefix of the stage', () => {
    expect(workflows['deploy-stage.yml']).toMatch(
      /TOKEN_REFRESHER_PREFIX: \$\{\{ vars\.TOKEN_REFRESHER_PREFIX \|\| '\/token-refresher' \}\}\n {8}run: .* verify /,
    );
  });

  it('deploys without a prompt', () => {
    expect(cdk.requireApproval).toBe('never');
  });
});
