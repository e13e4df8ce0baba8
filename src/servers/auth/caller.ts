/** Who sends a request. */
export interface Caller {
  /** The guest. Undefined for staff, who may act for every guest. */
  memberId?: number | undefined;
  /** True for staff: may read and cancel the reservations of all guests, and read payments. */
  isOperator?: boolean | undefined;
}

/** A request of which a check of callers decides. Its body has not been read yet. */
export interface CallerRequest {
  method: string;
  /** The path with its query. */
  url: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Fastify's own request, with what `onRequest` hooks of your app have put on it. */
  request: unknown;
}

/**
 * Says who sends a request; undefined when nobody says so, or when the proof is wrong. The answer is 401 then.
 *
 * @throws Anything when it cannot be found out now. The answer is 503 then.
 */
export type Authenticate = (request: CallerRequest) => Promise<Caller | undefined> | Caller | undefined;
