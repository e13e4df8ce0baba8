/** The counts of a fake provider since its start. */
export interface GatewayStats {
  /** Requests about payments. */
  requests: number;
  /** The requests that were answered 503 and not done. */
  refused: number;
  /** The requests that were not answered: the answer was lost, or the provider was away. */
  unanswered: number;
  callbacksSent: number;
  /** Callbacks that nobody accepted in ten attempts. */
  callbacksGivenUp: number;
  /** Callbacks that were lost by chance. */
  callbacksLost: number;
}

/** Stats of a provider that has done nothing yet. */
export function emptyStats(): GatewayStats {
  return { requests: 0, refused: 0, unanswered: 0, callbacksSent: 0, callbacksGivenUp: 0, callbacksLost: 0 };
}
