import { GetParameterHistoryCommand, type SSMClient } from '@aws-sdk/client-ssm';

/** What the look-up may take of the time a run has left to write its failure down. Milliseconds. */
const LOOK_UP_MS = 1000;

/**
 * SSM keeps 100 versions of a parameter and drops the oldest for a new one, unless that carries a label: then it refuses
 * every write. Answers what to do about it, and null where a write failed for another reason.
 *
 * The label is not in SSM's refusal but in the parameter's history, whose values stay encrypted and are not looked at.
 * Without an answer in time, the commands that find and remove it are told instead: this never throws.
 */
export const blockedByLabel = async (
  client: () => SSMClient,
  parameter: string,
  refusal: unknown,
  signal?: AbortSignal,
): Promise<string | null> => {
  if (!(refusal instanceof Error) || refusal.name !== 'ParameterMaxVersionLimitExceeded') return null;
  const version = /version (\d+)/i.exec(refusal.message)?.[1];
  if (version === undefined) return unnamed(parameter, 'the oldest, N', 'N');
  const labels = await labelsOf(client, parameter, Number(version), signal);
  return labels.length === 0
    ? unnamed(parameter, `version ${version}`, version)
    : named(parameter, version, labels);
};

/** The labels of a version that is on the first page of the history: AWS's examples begin with the oldest. */
const labelsOf = async (
  client: () => SSMClient,
  Name: string,
  version: number,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> => {
  const command = new GetParameterHistoryCommand({ Name, WithDecryption: false });
  // In place of the SDK's retries: one that is throttled would make the writes after it wait as well.
  command.middlewareStack.add((next) => next, {
    name: 'retryMiddleware',
    step: 'finalizeRequest',
    priority: 'high',
    override: true,
  });
  const inTime = AbortSignal.timeout(LOOK_UP_MS);
  const abortSignal = signal === undefined ? inTime : AbortSignal.any([inTime, signal]);
  try {
    const { Parameters = [] } = await client().send(command, { abortSignal });
    return Parameters.find(({ Version }) => Version === version)?.Labels ?? [];
  } catch {
    // What counts is the write that failed; why its label could not be found must not stand in its place.
    return [];
  }
};

const named = (parameter: string, version: string, labels: readonly string[]): string =>
  `SSM keeps 100 versions of ${parameter} and cannot drop version ${version}, because it carries the ` +
  `${labels.length === 1 ? 'label' : 'labels'} ${labels.join(', ')}: run ` +
  `\`aws ssm unlabel-parameter-version --name ${parameter} --parameter-version ${version} --labels ${labels.join(' ')}\``;

const unnamed = (parameter: string, which: string, version: string): string =>
  `SSM keeps 100 versions of ${parameter} and cannot drop ${which}, because it carries a label. ` +
  `See it: aws ssm get-parameter-history --name ${parameter} --query "Parameters[?Labels[0]].[Version,Labels]" ` +
  `Remove it: aws ssm unlabel-parameter-version --name ${parameter} --parameter-version ${version} --labels LABEL`;
