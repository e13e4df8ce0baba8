/** A request that a server refuses with a status and a kind of its own. */
export class HttpRefusal extends Error {
  readonly status: number;
  /** The kind of the problem in its answer, e.g. `not-found`. */
  readonly kind: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    kind: string,
    status: number,
    { message, headers = {} }: { message: string; headers?: Record<string, string> },
  ) {
    super(message);
    this.name = 'HttpRefusal';
    this.status = status;
    this.kind = kind;
    this.headers = headers;
  }
}
