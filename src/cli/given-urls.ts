/**
 * Every word of a command line and every variable of tablepick that may be a URL with a password. They must never be
 * printed as they are. With `--option=word`, the word counts, too.
 */
export function givenUrls(argv: readonly string[], env: NodeJS.ProcessEnv): string[] {
  const variables = Object.entries(env).filter(([name]) => name.startsWith('TABLEPICK_'));
  const words = [...argv, ...variables.map(([, value]) => value ?? '')];
  const all = words.flatMap((word) => [word, word.replace(/^--?[\w-]+=/, '')]);
  // The longest first, because one may be a part of another.
  return [...new Set(all.filter(mayHavePassword))].toSorted((one, other) => other.length - one.length);
}

function mayHavePassword(word: string): boolean {
  return word.includes('://') || /^[^\s:@]*:\S*@\S/.test(word) || /^[^\s:@/]+:[^\s/]*[^\s\d/][^\s/]*\//.test(word);
}
