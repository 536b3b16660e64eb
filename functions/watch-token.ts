import type { Parameters, Stored } from './edges/parameters.ts';
import type { Plan } from './policy/plan.ts';

/** A token only a person can renew: an expired one is deleted, so that no reader takes it for valid. */
export const watchToken = async (
  plan: Plan,
  { deleteToken }: Pick<Parameters, 'deleteToken'>,
): Promise<void> => {
  if (deletes(plan)) await deleteToken();
};

/**
 * The plan, unless it deletes a token and somebody has logged in since its status was read. SSM has no conditional delete:
 * what is left is the time between this look and the deletion.
 */
export const unlessChanged = async (
  plan: Plan,
  read: Stored,
  { readStatus }: Pick<Parameters, 'readStatus'>,
): Promise<Plan> => {
  if (!deletes(plan)) return plan;
  const { version, tokenVersion } = await readStatus();
  return version === read.version && tokenVersion === read.tokenVersion
    ? plan
    : { do: 'nothing', state: plan.state, reason: 'the token or its status has changed meanwhile' };
};

const deletes = (plan: Plan): plan is Extract<Plan, { do: 'watch' }> =>
  plan.do === 'watch' && plan.token === 'expired';
