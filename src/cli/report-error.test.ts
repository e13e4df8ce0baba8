import { describe, expect, it } from 'vitest';

import { hidePasswords } from './report-error.js';

describe('hidePasswords', () => {
  it.each([
    ["unknown option '--urll=mysql://root:s3cret@h/db'", "unknown option '--urll=mysql://root:***@h/db'"],
    ["'mysql://root:s3 cr@e/t@h' is not one", "'mysql://root:***@h' is not one"],
    ['postgres://:s3cret@h', 'postgres://:***@h'],
    ['two lines\nmariadb://a:s3cret@h/db', 'two lines\nmariadb://a:***@h/db'],
    ['connecting to root@127.0.0.1:3306/db at 12:00', 'connecting to root@127.0.0.1:3306/db at 12:00'],
    ['mysql://root@127.0.0.1:3306/tablepick', 'mysql://root@127.0.0.1:3306/tablepick'],
  ])('turns %j into %j', (text, told) => {
    expect(hidePasswords(text)).toBe(told);
  });
});
