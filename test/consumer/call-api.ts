import { authorizedFetch } from 'token-refresher/reader';

const uqudo = authorizedFetch('uqudo');

/** Fetches one scan. @throws Error with the status, where the API does not answer with one */
export const handler = async ({ id }: { id: string }): Promise<unknown> => {
  const response = await uqudo(`${process.env['API_URL']}/scans/${encodeURIComponent(id)}`);
  if (!response.ok) throw new Error(`the API answered ${response.status}`);
  return response.json();
};
