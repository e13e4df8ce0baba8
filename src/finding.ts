/** The result of one check of `doctor`. */
export interface Finding {
  /** The check's stable name: "local-infile". */
  check: string;
  status: 'ok' | 'warning' | 'problem';
  /** The result as text for people. */
  found: string;
  /** The next step. Always set, unless the status is `ok`. */
  advice?: string;
}

/** A finding that needs no action. */
export function fine(check: string, found: string): Finding {
  return { check, status: 'ok', found };
}

/** A finding for a setting that works but is risky or could be better. */
export function warning(check: string, found: string, advice: string): Finding {
  return { check, status: 'warning', found, advice };
}

/** A finding that prevents tablepick from working. */
export function problem(check: string, found: string, advice: string): Finding {
  return { check, status: 'problem', found, advice };
}
