/** Where a command writes: data to stdout, everything else to stderr. */
export interface Output {
  /** True with `--json`: stdout carries exactly one JSON object. */
  readonly json: boolean;
  /** True with `--quiet`: no notes and no progress. */
  readonly quiet: boolean;
  /** Removes the passwords of URLs from a text. Every text for stderr goes through it. */
  redact(text: string): string;
  /** Writes the result to stdout: `value` as JSON with `--json`, else the lines of `text`. */
  result(value: object, text: () => string | Iterable<string>): void;
  /** Writes one line for people to stderr, above a running progress bar; nothing with `--quiet`. */
  note(line: string): void;
  /** Writes one line to stderr even with `--quiet`. */
  complain(line: string): void;
  /**
   * Sends stderr lines through `write` until the returned function is called. A progress bar needs this, because it
   * uses the last rows.
   */
  divert(write: (line: string) => void): () => void;
}

/** An {@link Output} on the process's own stdout and stderr. */
export function createOutput(settings: Pick<Output, 'json' | 'quiet' | 'redact'>): Output {
  const toStderr = (line: string): void => void process.stderr.write(`${line}\n`);
  let write = toStderr;
  const complain = (line: string): void => write(settings.redact(line));
  return {
    ...settings,
    result: (value, text) => {
      const lines = settings.json ? [stringify(value)] : toLines(text());
      for (const line of lines) process.stdout.write(`${line}\n`);
    },
    note: (line) => {
      if (!settings.quiet) complain(line);
    },
    complain,
    divert: (other) => {
      write = other;
      return () => void (write = toStderr);
    },
  };
}

function stringify(value: object): string {
  return JSON.stringify(value, (_key, field: unknown) => (typeof field === 'bigint' ? field.toString() : field));
}

function toLines(text: string | Iterable<string>): Iterable<string> {
  return typeof text === 'string' ? [text] : text;
}
