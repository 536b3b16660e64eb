import { dialect } from '../../functions/providers/index.ts';
import { type LoginPage, serveLoginPage } from './login-page.ts';
import type { Sandbox } from './sandbox.ts';

/** The web site where a person logs in for the connections that need it; without links where none does. */
export const startLogins = async ({
  connections,
  clientId,
  providers,
  exchange,
}: Sandbox): Promise<LoginPage> => {
  const login = connections.filter(
    ({ provider, settings }) => dialect(provider, settings).grant === 'authorization_code',
  );
  if (login.length === 0) return { links: new Map(), close: async () => undefined };
  return serveLoginPage({
    connections: login,
    clientId,
    providers,
    exchange: async (connection, handIn) => {
      const { payload, functionError } = await exchange(connection, handIn);
      const answer = JSON.parse(payload);
      if (functionError !== null) throw new Error(`${answer.errorType}: ${answer.errorMessage}`);
      return answer;
    },
  });
};
