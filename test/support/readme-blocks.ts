import { readFile } from 'node:fs/promises';

/** A fenced block of a Markdown file, with the instructions for its check in the HTML comments right above it. */
export interface ReadmeBlock {
  /** The last heading above it. */
  heading: string;
  /** Its line in the file, from 1. */
  line: number;
  language: string;
  text: string;
  /** Texts of `<!-- check: … -->`. */
  directives: string[];
}

/** One command of a shell block. */
export interface ReadmeCommand {
  text: string;
  /** From a trailing `# exits with N`. Default 0. */
  exitCode: number;
  /** From a trailing `# prints TEXT`, where `…` stands for anything. */
  prints: RegExp | undefined;
}

/** All fenced blocks of `file`, in order. */
export async function readBlocks(file: string): Promise<ReadmeBlock[]> {
  const markdown = await readFile(file, 'utf8');
  return [...markdown.matchAll(/((?:^<!-- check: [^\n]* -->\n+)*)^```(\w+)\n(.*?)^```$/gms)].map((match) => {
    const [whole, comments = '', language = '', text = ''] = match;
    const above = markdown.slice(0, match.index);
    return {
      heading: [...above.matchAll(/^#+ (.*)$/gm)].at(-1)?.[1] ?? '',
      line: above.split('\n').length + whole.slice(0, whole.indexOf('```')).split('\n').length - 1,
      language,
      text,
      directives: [...comments.matchAll(/^<!-- check: (.*) -->$/gm)].map(([, directive = '']) => directive),
    };
  });
}

/** The commands of a shell block: one a line, a backslash at its end joins the next. */
export function commandsOf(text: string): ReadmeCommand[] {
  const lines = text.replaceAll(/\\\n\s*/g, '').split('\n');
  return lines.filter((line) => /^\s*[^#\s]/.test(line)).map(parseCommand);
}

function parseCommand(line: string): ReadmeCommand {
  const exitCode = Number(/#.*\bexits with (\d+)/.exec(line)?.[1] ?? 0);
  const prints = /# prints (.*)$/.exec(line)?.[1];
  return { text: line.replace(/\s+#\s.*$/, ''), exitCode, prints: prints === undefined ? undefined : wildcard(prints) };
}

function wildcard(text: string): RegExp {
  return new RegExp(text.trim().split('…').map(escapeRegExp).join('.*'));
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

/**
 * `text` after the substitutions that `"A" becomes "B"` directives name; `{name}` in B is taken from `values`.
 *
 * @throws Error for a directive that changes nothing or names no value: the README would claim something unchecked.
 */
export function substitute(block: ReadmeBlock, values: Readonly<Record<string, string>>): string {
  let { text } = block;
  for (const directive of block.directives) {
    const [, from, to] = /^"(.*)" becomes "(.*)"$/.exec(directive) ?? [];
    if (from === undefined || to === undefined) throw new Error(`line ${block.line}: unknown check: ${directive}`);
    if (!text.includes(from)) throw new Error(`line ${block.line}: "${from}" does not occur`);
    text = text.replaceAll(from, () => to.replaceAll(/\{(.*?)\}/g, (_, name: string) => valueOf(values, name)));
  }
  return text;
}

function valueOf(values: Readonly<Record<string, string>>, name: string): string {
  const value = values[name];
  if (value === undefined) throw new Error(`{${name}} is not known to the check`);
  return value;
}
