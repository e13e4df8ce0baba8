import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

/** Mails in a folder by the member they are for: `guest-<member>@example.test`. */
export async function countMails(folder: string): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.eml')) continue;
    const text = await readFile(path.join(folder, name), 'utf8');
    const member = Number(/^To: .*?guest-(\d+)@/m.exec(text)?.[1]);
    counts.set(member, (counts.get(member) ?? 0) + 1);
  }
  return counts;
}
