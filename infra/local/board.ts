import { type BoardPage, serveBoardPage } from './board-page.ts';
import type { Sandbox } from './sandbox.ts';

/** Serves what the stack's board function renders, on a page whose buttons work; null where there is no board. */
export const serveBoard = async ({ board, invokeFunction }: Sandbox): Promise<BoardPage | null> =>
  board === null
    ? null
    : serveBoardPage({
        render: async () => {
          const { payload, functionError } = await invokeFunction(board, { widgetContext: {} });
          if (functionError !== null) throw new Error(payload);
          return JSON.parse(payload);
        },
        invoke: async (functionName, event) =>
          JSON.parse((await invokeFunction(functionName, event)).payload),
      });
