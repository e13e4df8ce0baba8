import { createHash } from 'node:crypto';

const DOMAIN = 'tablepick';
const PLAIN = /^[A-Za-z0-9_@%.-]{1,200}$/;

/**
 * The Message-ID of the mail about a message: `<id@tablepick>`; in the id all but letters, digits, `-` and `_` is
 * percent-encoded.
 */
export function mailIdOf(messageId: string): string {
  const left = messageId.replace(/[^A-Za-z0-9_-]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `<${left}@${DOMAIN}>`;
}

/**
 * The name of the file that holds the mail with that Message-ID: `id@tablepick.eml`; a digest of an ID that is no file
 * name.
 */
export function mailFileName(mailId: string): string {
  const name = mailId.replace(/^<|>$/g, '');
  return `${PLAIN.test(name) ? name : createHash('sha256').update(mailId).digest('hex')}.eml`;
}
