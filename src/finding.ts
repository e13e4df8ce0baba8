/** One thing `doctor` looked at. */
export interface Finding {
  /** What was looked at, a stable name: "local-infile". */
  check: string;
  status: 'ok' | 'warning' | 'problem';
  /** What was found, for people. */
  found: string;
  /** What to do about it; always there unless the status is `ok`. */
  advice?: string;
}

/** A finding that leaves nothing to do. */
export function fine(check: string, found: string): Finding {
  return { check, status: 'ok', found };
}

/** A finding that works but could be better, or is risky. */
export function warning(check: string, found: string, advice: string): Finding {
  return { check, status: 'warning', found, advice };
}

/** A finding that keeps tablepick from working. */
export function problem(check: string, found: string, advice: string): Finding {
  return { check, status: 'problem', found, advice };
}
