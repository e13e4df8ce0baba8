import { createHash } from 'node:crypto';

const DOMAIN = 'tablepick';
const PLAIN = /^[A-Za-z0-9_@%.-]{1,200}$/;

/**
 * The Message-ID of the mail about a message: `<id@tablepick>`. In the id, all characters except letters, digits, `-`
 * and `_` are percent-encoded.
 */
export function mailIdOf(messageId: string): string {
  const left = messageId.replace(/[^A-Za-z0-9_-]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `<${left}@${DOMAIN}>`;
}

/**
 * The file name of the mail with that Message-ID: `id@tablepick.eml`. When the ID is no file name, its digest is used.
 */
export function mailFileName(mailId: string): string {
  const name = mailId.replace(/^<|>$/g, '');
  return `${PLAIN.test(name) ? name : createHash('sha256').update(mailId).digest('hex')}.eml`;
}
