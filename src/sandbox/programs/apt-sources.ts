import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** One archive of binary packages for apt. */
export interface AptSource {
  uri: string;
  suite: string;
  components: string[];
}

/** The archives of this machine, in apt's order. */
export function readAptSources(aptFolder = '/etc/apt'): AptSource[] {
  const parts = listFolder(join(aptFolder, 'sources.list.d')).map((name) => join(aptFolder, 'sources.list.d', name));
  return [join(aptFolder, 'sources.list'), ...parts].flatMap((path) => {
    if (path.endsWith('.list')) return parseListFile(readText(path));
    return path.endsWith('.sources') ? parseSourcesFile(readText(path)) : [];
  });
}

/** The mirror for the main packages of this machine's distribution. Undefined when no source has one. */
export function chooseMirror(sources: readonly AptSource[], codename: string | undefined): string | undefined {
  const withMain = sources.filter((source) => source.components.includes('main'));
  return (withMain.find((source) => source.suite === codename) ?? withMain[0])?.uri;
}

/**
 * One-line style: `deb [options] uri suite component…`.
 *
 * @source sources.list(5), "ONE-LINE-STYLE FORMAT".
 */
export function parseListFile(text: string): AptSource[] {
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
  return lines.flatMap((line) => {
    const [type, uri, suite, ...components] = line.replace(/\[[^\]]*\]/, ' ').split(/\s+/);
    return type === 'deb' && uri && suite ? [{ uri, suite, components }] : [];
  });
}

/**
 * Stanzas of `Types:`, `URIs:`, `Suites:` and `Components:`. Each field may hold several words.
 *
 * @source sources.list(5), "DEB822-STYLE FORMAT".
 */
export function parseSourcesFile(text: string): AptSource[] {
  const withoutComments = text.replace(/^#.*\n?/gm, '');
  return withoutComments.split(/\n\s*\n/).flatMap((stanza) => {
    const words = (name: string) => readField(stanza, name);
    if (!words('Types').includes('deb') || words('Enabled').includes('no')) return [];
    const components = words('Components');
    return words('URIs').flatMap((uri) => words('Suites').map((suite) => ({ uri, suite, components })));
  });
}

function readField(stanza: string, name: string): string[] {
  const value = new RegExp(`^${name}:(.*(?:\\n[ \\t].*)*)`, 'im').exec(stanza)?.[1] ?? '';
  return value.split(/\s+/).filter(Boolean);
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
