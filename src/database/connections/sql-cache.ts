/** Longer texts are generated, as a rule, and do not come again. */
const LONGEST_CACHED = 4096;

/** A service has some hundred statements. Lists of varying length multiply them. */
const MOST_CACHED = 2000;

/**
 * A function that returns what `render` does, and remembers the results of short texts. Texts without `{` are returned
 * as they are. The memory is bounded: when it is full, the text that came first is forgotten.
 */
export function cacheSql(render: (text: string) => string): (text: string) => string {
  const rendered = new Map<string, string>();
  return (text) => {
    if (!text.includes('{')) return text;
    const known = rendered.get(text);
    if (known !== undefined) return known;
    const sql = render(text);
    if (text.length > LONGEST_CACHED) return sql;
    if (rendered.size >= MOST_CACHED) rendered.delete(rendered.keys().next().value!);
    rendered.set(text, sql);
    return sql;
  };
}
