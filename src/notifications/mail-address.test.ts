import { describe, expect, it } from 'vitest';

import { isMailAddress, readMailAddress } from './mail-address.js';
import { mailFileName, mailIdOf } from './message-id.js';
import { recipientFromTemplate } from './recipient-template.js';

const notice = {
  type: 'ReservationConfirmed' as const,
  messageId: 'm-1',
  occurredAt: new Date(0),
  reservationId: 7,
  restaurantId: 3,
  memberId: 11,
  partySize: 4,
  slotId: 99,
  reason: '',
};

describe('a mail address', () => {
  it.each(['a@b', 'guest-1@example.test', "o'neill+x@mail.example.test", `${'a'.repeat(64)}@example.test`])(
    'is %s',
    (text) => expect(isMailAddress(text)).toBe(true),
  );

  it.each([
    '',
    'guest',
    '@example.test',
    'a@',
    'a@-b',
    'a@b..c',
    '.a@b',
    'a..b@c',
    'a@b, c@d',
    'a@b c@d',
    '<a@b>',
    'a@b\r\nBcc: c@d',
    'a\n@b',
    'a@b\n',
    'a\u0000@b',
    '"a"@b',
    'a@[127.0.0.1]',
    'ä@b',
    'a(x)@b',
    'a@b;c',
    `${'a'.repeat(65)}@b`,
    `a@${'b.'.repeat(130)}b`,
  ])('is not %j', (text) => expect(isMailAddress(text)).toBe(false));

  it('may have a name before it', () => {
    expect(readMailAddress('Tablepick <no-reply@example.test>')).toEqual({
      name: 'Tablepick',
      address: 'no-reply@example.test',
    });
    expect(readMailAddress('a@b')).toEqual({ name: '', address: 'a@b' });
    expect(readMailAddress('x\r\nBcc: y <a@b>')).toBeUndefined();
    expect(readMailAddress('x <a@b> y')).toBeUndefined();
  });
});

describe('a template of addresses', () => {
  it('is filled from the notice', async () => {
    expect(await recipientFromTemplate('guest-{memberId}@example.test')(notice)).toBe('guest-11@example.test');
    expect(await recipientFromTemplate('{reservationId}.{restaurantId}@b')(notice)).toBe('7.3@b');
  });

  it.each(['', 'guest', 'a@b\nBcc: c@d', '{partySize}@b', '{memberId@b', '{constructor}@b'])(
    'is refused when it makes none: %j',
    (template) =>
      expect(() => recipientFromTemplate(template)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' })),
  );
});

describe('a Message-ID', () => {
  it('holds the id of the message, also one with characters that it may not have', () => {
    expect(mailIdOf('2f0c-A_1')).toBe('<2f0c-A_1@tablepick>');
    expect(mailIdOf('a@b>..')).toBe('<a%40b%3e%2e%2e@tablepick>');
  });

  it('names a file that stays in its folder', () => {
    expect(mailFileName(mailIdOf('2f0c'))).toBe('2f0c@tablepick.eml');
    expect(mailFileName(mailIdOf('../../x'))).toBe('%2e%2e%2f%2e%2e%2fx@tablepick.eml');
    expect(mailFileName('<../x@y>')).toMatch(/^[0-9a-f]{64}\.eml$/);
    expect(mailFileName(mailIdOf('.'.repeat(64)))).toHaveLength(68);
  });
});
