/** The metrics functions emit: one count each, but for seconds to expiry, milliseconds of latency and subjects. */
export type MetricName =
  | 'SecondsToExpiry'
  | 'Refreshed'
  | 'Failed'
  | 'PreviousCredentials'
  | 'ProviderLatency'
  | 'AwaitingCredentials'
  | 'Blocked'
  | 'ReauthorizationRequired'
  | 'Paused'
  | 'LiveSubjects'
  | 'Exchanged'
  | 'CodeReplayed'
  | 'CodeRejected'
  | 'CodeLost';
