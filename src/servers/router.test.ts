import { describe, expect, it } from 'vitest';

import { createRouter } from './router.js';

const find = createRouter([
  { method: 'GET', path: '/payments/due' },
  { method: 'GET', path: '/payments/:id' },
  { method: 'POST', path: '/payments/:id' },
  { method: 'POST', path: '/payments/:id/refunds/:number' },
  { method: 'POST', path: '/' },
]);

describe('a router', () => {
  it('finds the first route that fits and names the parts of the path', () => {
    expect(find('GET', '/payments/due')).toMatchObject({ kind: 'found', route: { path: '/payments/due' }, params: {} });
    expect(find('GET', '/payments/7')).toMatchObject({ kind: 'found', params: { id: '7' } });
    expect(find('POST', '/payments/due')).toMatchObject({ kind: 'found', params: { id: 'due' } });
    expect(find('POST', '/payments/7/refunds/1')).toMatchObject({ kind: 'found', params: { id: '7', number: '1' } });
    expect(find('POST', '/')).toMatchObject({ kind: 'found' });
  });

  it('decodes the parts one by one', () => {
    expect(find('GET', '/payments/a%2Fb%20c')).toMatchObject({ params: { id: 'a/b c' } });
    expect(() => find('GET', '/payments/%E0%A4%A')).toThrow(
      expect.objectContaining({ code: 'BAD_REQUEST', status: 400 }),
    );
  });

  it('tells what a path takes when the method is another', () => {
    expect(find('DELETE', '/payments/due')).toEqual({ kind: 'other-method', allowed: ['GET', 'POST'] });
  });

  it.each([
    '',
    '/payments',
    '/payments/',
    '/payments//refunds/1',
    '/payments/7/',
    '/Payments/7',
    '/payments/7/refunds',
  ])('leads nowhere from %j', (path) => {
    expect(find('GET', path)).toEqual({ kind: 'nowhere' });
  });

  it('does not take a name of Object for a part', () => {
    expect(find('GET', '/payments/__proto__')).toMatchObject({ params: { id: '__proto__' } });
  });
});
