/** The sender or the recipient of a mail. */
export interface MailAddress {
  /** Empty when there is none. */
  name: string;
  /** `local@domain`. */
  address: string;
}

// Dot-atoms of ASCII, without quoted parts and address literals. @source RFC 5321, 4.1.2.
const LOCAL = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
const MOST_LOCAL = 64;
const MOST_ADDRESS = 254;
const NAMED = /^([^<>"\p{Cc}]*)<([^<>]*)>$/u;

/**
 * True for one plain address in ASCII: no name, no list, no comment, no line break. A domain outside of ASCII is
 * written in Punycode.
 *
 * @source RFC 5321, 4.1.2 and 4.5.3.1: 64 bytes before the @, 254 in all.
 */
export function isMailAddress(text: string): boolean {
  const at = text.lastIndexOf('@');
  if (at < 1 || at > MOST_LOCAL || text.length > MOST_ADDRESS) return false;
  const labels = text.slice(at + 1).split('.');
  return LOCAL.test(text.slice(0, at)) && labels.every((label) => LABEL.test(label));
}

/** Reads `address` or `Name <address>`; undefined when it is neither. */
export function readMailAddress(text: string): MailAddress | undefined {
  const [, name = '', address = text] = NAMED.exec(text) ?? [];
  return isMailAddress(address) ? { name: name.trim(), address } : undefined;
}
