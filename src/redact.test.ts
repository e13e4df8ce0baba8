import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { redactText, redactUrl } from './redact.js';

describe('redactUrl', () => {
  it.each([
    ['mysql://root@127.0.0.1:3306/x', 'mysql://root@127.0.0.1:3306/x'],
    ['mysql://root:pw@127.0.0.1:3306/x?ssl-mode=REQUIRED', 'mysql://root:***@127.0.0.1:3306/x?ssl-mode=REQUIRED'],
    ['redis://:pw@h', 'redis://:***@h'],
    ['root:secret@host/db', 'root:***@host/db'],
    ['user:pa@ss@host:3306', 'user:***@host:3306'],
    ['//root:pw@h/x', '//root:***@h/x'],
    ['mysql//root:pw@h/x', 'mysql//root:***@h/x'],
    ['mysql:/root:pw@h/x', 'mysql:***@h/x'],
    ['root:secret/db', 'root:***/db'],
    ['mysql://root:secret', 'mysql://root:***'],
    ['localhost:3306/db', 'localhost:3306/db'],
    ['mysql://h:3306', 'mysql://h:3306'],
    ['mysql://u@h/x?password=pw&ssl-mode=REQUIRED', 'mysql://u@h/x?password=***&ssl-mode=REQUIRED'],
    ['https://h/p?access_token=abc#x', 'https://h/p?access_token=***#x'],
    ['mysql://u@h/x?ssl-key=/k.pem', 'mysql://u@h/x?ssl-key=/k.pem'],
  ])('turns %s into %s', (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });

  it('shows no part of a password, however it is written, with a scheme or without', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('mysql://', 'redis://', 'smtp://', 'mysql//', '//', ''),
        PASSWORD,
        (scheme, password) => {
          const shown = redactUrl(`${scheme}root:${password}@db.example:3306/x`);
          expect(shown).toBe(`${scheme}root:***@db.example:3306/x`);
        },
      ),
    );
  });
});

/** A password with marks at both ends, so that each part of it can be found. */
const PASSWORD = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => `<${text}>`);
/** In a text, a URL ends at white space and at the end of a JSON string. */
const PASSWORD_IN_TEXT = PASSWORD.filter((text) => !/\s|"[,}\]:]|:\/\//.test(text));
const WORDS = fc.array(fc.constantFrom('OOM', 'READONLY', '@user_script:4', 'a@b:c', '12:30', "'", '\n', '"x":'));

describe('redactText', () => {
  it.each([
    ["unknown option '--urll=mysql://root:s3cret@h/db'", "unknown option '--urll=mysql://root:***@h/db'"],
    ['postgres://:s3cret@h', 'postgres://:***@h'],
    ['two lines\nmariadb://a:s3cret@h/db', 'two lines\nmariadb://a:***@h/db'],
    ['connecting to root@127.0.0.1:3306/db at 12:00', 'connecting to root@127.0.0.1:3306/db at 12:00'],
    [
      'redis://127.0.0.1:6379: OOM command not allowed, on @user_script:4.',
      'redis://127.0.0.1:6379: OOM command not allowed, on @user_script:4.',
    ],
    [
      'cannot use mysql://root:p@h: write @ : / ? # as %40 %3A %2F %3F %23',
      'cannot use mysql://root:***@h: write @ : / ? # as %40 %3A %2F %3F %23',
    ],
    ['{"url":"mysql://a:b@h","mail":"x@y"}', '{"url":"mysql://a:***@h","mail":"x@y"}'],
    ['redis://a:b@h1,redis://c:d@h2', 'redis://a:***@h1,redis://c:***@h2'],
    ['GET http://127.0.0.1:8080/users/@me', 'GET http://127.0.0.1:8080/users/@me'],
  ])('turns %j into %j', (text, told) => {
    expect(redactText(text)).toBe(told);
  });

  it('knows what was given, with white space in it and without a scheme', () => {
    const given = ['mysql://root:s3 cr@e/t@h', 'root:secret@host/db'];
    expect(redactText(`'${given[0]}' and ${given[1]} are none`, given)).toBe(
      "'mysql://root:***@h' and root:***@host/db are none",
    );
  });

  it('hides every password and leaves every other word', () => {
    fc.assert(
      fc.property(WORDS, PASSWORD_IN_TEXT, WORDS, (before, password, after) => {
        const around = (url: string) => [...before, url, ...after].join(' ');
        expect(redactText(around(`mysql://root:${password}@h:1/x`))).toBe(around('mysql://root:***@h:1/x'));
      }),
    );
  });

  it('leaves a text without a URL as it is', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100 }), (text) => {
        fc.pre(!text.includes('://'));
        expect(redactText(text)).toBe(text);
      }),
    );
  });

  it('takes no longer than its text is long', () => {
    expect(redactText(`${'a'.repeat(200_000)}`)).toHaveLength(200_000);
  });
});
