import { expect, test } from 'vitest';

import { listInsertVariants } from './insert-variants.js';
import type { VariantRequest } from './insert-variants.js';

const request: VariantRequest = {
  strategies: ['identity', 'batch'],
  defaultStrategy: 'server-side',
  localInfile: true,
  peers: true,
  rows: 4_987_200,
  sampleRows: 48_000,
};

test('the default strategy is measured whichever are asked for, once', () => {
  const own = (strategies: VariantRequest['strategies']) =>
    listInsertVariants({ ...request, strategies }).flatMap((each) =>
      'own' in each && each.own.kind === 'strategy' ? [each.name] : [],
    );
  expect(own(['identity', 'batch'])).toEqual(['identity', 'batch', 'server-side']);
  expect(own(['server-side'])).toEqual(['server-side']);
});

test('only the ways that insert row by row run on a sample', () => {
  const sampled = listInsertVariants(request).filter((each) => each.sampled);
  expect(sampled.map((each) => each.name)).toEqual(['identity', 'java-hibernate-identity', 'java-jdbctemplate-row']);
  expect(new Set(sampled.map((each) => each.rows))).toEqual(new Set([48_000]));
});

test('nothing is a sample when all rows are no more than one', () => {
  const variants = listInsertVariants({ ...request, rows: 960 });
  expect(variants.every((each) => !each.sampled && each.rows === 960)).toBe(true);
});

test('without local_infile nobody loads data by hand, without peers nobody else runs', () => {
  const names = listInsertVariants({ ...request, localInfile: false, peers: false }).map((each) => each.name);
  expect(names).toEqual(['identity', 'batch', 'server-side', 'without-checkpoints', 'by-hand-server-side']);
});

test('some peers run when they are named, and none that does not exist', () => {
  const names = (peers: string[]) => listInsertVariants({ ...request, peers }).filter((each) => 'peer' in each);
  expect(names(['java-jdbctemplate-batch']).map((each) => each.name)).toEqual(['java-jdbctemplate-batch']);
  expect(() => names(['java-hibernate'])).toThrowError('java-hibernate');
});

test('every variant has a name of its own', () => {
  const names = listInsertVariants(request).map((each) => each.name);
  expect(new Set(names).size).toBe(names.length);
});
