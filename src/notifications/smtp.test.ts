import { describe, expect, it } from 'vitest';

import { buildMail } from './build-mail.js';
import { isPermanent } from './smtp-errors.js';
import { parseSmtpUrl } from './smtp-url.js';

describe("a mail server's URL", () => {
  it('is taken apart', () => {
    expect(parseSmtpUrl('smtp://us%40er:p%3Aw%2F@mail.example.test:2525')).toEqual({
      host: 'mail.example.test',
      port: 2525,
      secure: false,
      auth: { user: 'us@er', pass: 'p:w/' },
    });
    expect(parseSmtpUrl('smtp://localhost/')).toMatchObject({ port: 587, secure: false, auth: undefined });
    expect(parseSmtpUrl('smtps://[::1]')).toMatchObject({ host: '::1', port: 465, secure: true });
  });

  it.each([
    '',
    'mail:25',
    'http://a',
    'smtp://',
    'smtp://a:0',
    'smtp://a/x',
    'smtp://a?tls=no',
    'smtp://secret@a',
    'smtp://u:secret%@a',
    'smtp://u:secret/@a',
    'smtp://u:se?cret@a',
  ])('is refused without telling its password: %s', (url) => {
    const refusal = expect.objectContaining({ code: 'BAD_URL', message: expect.not.stringMatching(/secret|cret/) });
    expect(() => parseSmtpUrl(url)).toThrow(refusal);
  });
});

describe('a failure of a mail server', () => {
  it.each([
    ['EENVELOPE', 550, true],
    ['EMESSAGE', 554, true],
    ['EENVELOPE', 451, false],
    ['EENVELOPE', undefined, true],
    ['EENVELOPE', 530, false],
    ['EAUTH', 535, false],
    ['ECONNECTION', 421, false],
    ['EPROTOCOL', 554, false],
    ['ETIMEDOUT', undefined, false],
    ['EMESSAGE', 503, false],
  ] as const)('%s %s is permanent: %s', (code, responseCode, permanent) => {
    expect(isPermanent(responseCode === undefined ? { code } : { code, responseCode })).toBe(permanent);
  });
});

describe('a mail', () => {
  const mail = { to: 'a@b', from: 'c@d', subject: 's', text: 't', messageId: '<m@tablepick>' };

  it('has one reader, whatever its headers', () => {
    expect(buildMail(mail)).toMatchObject({ envelope: { from: 'c@d', to: ['a@b'] } });
  });

  it.each([
    { to: 'a@b\r\nBcc: x@y' },
    { to: 'a@b, x@y' },
    { from: 'c@d\nBcc: x@y' },
    { subject: 's\r\nBcc: x@y' },
    { messageId: '<m@t>\r\nBcc: x@y' },
    { messageId: 'm' },
    { headers: { 'X-A': 'b\r\nBcc: x@y' } },
    { headers: { 'X-A\nBcc': 'b' } },
  ])('is refused when a header could be smuggled in: %j', (change) => {
    const refusal = expect.objectContaining({ code: 'MAIL_FAILED', retriable: false });
    expect(() => buildMail({ ...mail, ...change })).toThrow(refusal);
  });
});
