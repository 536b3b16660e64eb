import type { Connection } from '../../functions/connection.ts';
import { checkConnection } from '../../infra/faults.ts';
import { type Stage, stages } from '../../infra/stages.ts';

/** The connections of production, with the timing that synth gives them. */
export const connections = (): Connection[] =>
  Object.entries((stages.production as Stage).connections).map(([connection, props]) => {
    const { provider, renewBefore, secret: _, reservedConcurrency: __, ...settings } = props;
    const { lifetimeSeconds, renewBeforeSeconds, tickSeconds } = checkConnection(
      provider,
      settings,
      renewBefore,
    ).timing;
    return {
      connection,
      provider,
      settings,
      secretArn: `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${connection}-AbCdEf`,
      tokenParameter: `/token-refresher/tokens/${connection}`,
      statusParameter: `/token-refresher/status/${connection}`,
      ...('redirectUris' in settings ? { codesPath: `/token-refresher/codes/${connection}` } : {}),
      keyArn: null,
      lifetimeSeconds,
      renewBeforeSeconds,
      tickSeconds,
    };
  });
