import type { Parameters } from './edges/parameters.ts';
import type { Plan } from './policy/plan.ts';

/** A token only a person can renew: an expired one is deleted, so that no reader takes it for valid. */
export const watchToken = async (
  plan: Plan,
  { deleteToken }: Pick<Parameters, 'deleteToken'>,
): Promise<void> => {
  if (plan.do === 'watch' && plan.token === 'expired') await deleteToken();
};
