import { describe, expect, it } from 'vitest';

import { cacheSql } from './sql-cache.js';

function counting(): { render: (text: string) => string; rendered: string[] } {
  const rendered: string[] = [];
  const render = cacheSql((text) => {
    rendered.push(text);
    return text.replaceAll('{slot}', 's');
  });
  return { render, rendered };
}

describe('cacheSql', () => {
  it('renders a text once, and one without braces never', () => {
    const { render, rendered } = counting();
    expect([render('FROM {slot}'), render('FROM {slot}'), render('FROM x')]).toEqual(['FROM s', 'FROM s', 'FROM x']);
    expect(rendered).toEqual(['FROM {slot}']);
  });

  it('does not remember a large generated text', () => {
    const { render, rendered } = counting();
    const rows = `INSERT INTO {slot} VALUES ${Array(2000).fill('(?, ?)').join(', ')}`;
    expect(render(rows)).toBe(rows.replace('{slot}', 's'));
    render(rows);
    expect(rendered).toHaveLength(2);
  });

  it('forgets the text that came first when many different texts come', () => {
    const { render, rendered } = counting();
    const texts = Array.from({ length: 2001 }, (_, n) => `SELECT ${n} FROM {slot}`);
    for (const text of texts) render(text);
    for (const text of texts.slice(1)) render(text);
    expect(rendered).toHaveLength(2001);
    render(texts[0]!);
    expect(rendered).toHaveLength(2002);
  });

  it('remembers nothing of a text that cannot be rendered', () => {
    let fails = true;
    const render = cacheSql((text) => {
      if (fails) throw new Error('no');
      return text;
    });
    expect(() => render('{slot}')).toThrow('no');
    fails = false;
    expect(render('{slot}')).toBe('{slot}');
  });
});
