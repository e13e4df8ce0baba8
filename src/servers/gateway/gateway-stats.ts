/** What a fake provider did since it started. */
export interface GatewayStats {
  /** Requests about payments. */
  requests: number;
  /** Of them answered 503 and not done. */
  refused: number;
  /** Of them not answered: the answer was lost, or the provider was away. */
  unanswered: number;
  callbacksSent: number;
  /** Callbacks that nobody took in ten attempts. */
  callbacksGivenUp: number;
  /** Callbacks that chance has lost. */
  callbacksLost: number;
}

/** Stats of a provider that has done nothing yet. */
export function emptyStats(): GatewayStats {
  return { requests: 0, refused: 0, unanswered: 0, callbacksSent: 0, callbacksGivenUp: 0, callbacksLost: 0 };
}
