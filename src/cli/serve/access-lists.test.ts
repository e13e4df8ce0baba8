import { describe, expect, it } from 'vitest';

import { parseHosts, parseOrigins } from './access-lists.js';

describe('names of hosts', () => {
  it('are those that browsers send', () => {
    expect(parseHosts('Tables.Example, 192.0.2.7,::1,[2001:DB8::1]')).toEqual([
      'tables.example',
      '192.0.2.7',
      '[::1]',
      '[2001:db8::1]',
    ]);
  });

  it.each(['*', '*.example', 'a.example:8080', 'http://a.example', 'a.example/x', 'a,', '', 'a b', 'u@a.example'])(
    'are refused when they are none: %j',
    (text) => expect(() => parseHosts(text)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' })),
  );
});

describe('origins', () => {
  it('are those that browsers send', () => {
    const text = 'https://Shop.Example/, http://127.0.0.1:80,https://a.example:8443';
    expect(parseOrigins(text, '--cors-origins')).toEqual([
      'https://shop.example',
      'http://127.0.0.1',
      'https://a.example:8443',
    ]);
  });

  it.each([
    '*',
    'http://*',
    'https://*.example',
    'https://a.example/shop',
    'https://a.example?x',
    'null',
    'a.example',
    'ftp://a',
    '',
  ])('are refused when they are none: %j', (text) =>
    expect(() => parseOrigins(text, '--callback-origins')).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', message: `'${text}' in --callback-origins is no origin` }),
    ),
  );
});
