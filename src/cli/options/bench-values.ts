import { TablepickError } from '../../errors.js';
import type { SweepParameter } from '../../experiments/index.js';
import { parseCount } from './option-values.js';

/** Reads names with commas between. */
export function parseNames(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

/**
 * A parser for the option `name`: whole numbers of 1 or more, with commas between, each once.
 *
 * @throws `BAD_OPTION` when a number is wrong or is there twice.
 */
export function parseCounts(name: string): (text: string) => number[] {
  return (text) => eachOnce(name, text, parseNames(text).map(parseCount(name, 1)));
}

/**
 * A parser for the option `name`, a share from 0 to 1.
 *
 * @throws `BAD_OPTION` when it is none.
 */
export function parseShare(name: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d*\.?\d+$/.test(text) && value <= 1) return value;
    throw new TablepickError('BAD_OPTION', `${name} is '${text}' but must be a share from 0 to 1`, {
      hint: `for example ${name} 0.9`,
    });
  };
}

/**
 * A parser for the option `name`, a number above 0.
 *
 * @throws `BAD_OPTION` when it is none.
 */
export function parseRate(name: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d*\.?\d+$/.test(text) && value > 0 && value <= 1e6) return value;
    throw new TablepickError('BAD_OPTION', `${name} is '${text}' but must be a number above 0, at most 1,000,000`, {
      hint: `for example ${name} 500`,
    });
  };
}

/**
 * A parser for the option `name`: numbers above 0, with commas between, each once.
 *
 * @throws `BAD_OPTION` when a number is wrong or is there twice.
 */
export function parseRates(name: string): (text: string) => number[] {
  return (text) => eachOnce(name, text, parseNames(text).map(parseRate(name)));
}

const sweepParsers: Readonly<Record<SweepParameter, (text: string) => number>> = {
  clients: parseCount('--sweep clients', 1),
  'hot-share': parseShare('--sweep hot-share'),
  pool: parseCount('--sweep pool', 1),
};

/**
 * Reads `--sweep`: `clients=1,10,100`.
 *
 * @throws `BAD_OPTION` when there is nothing of that name to sweep, or a value is out of range or there twice.
 */
export function parseSweep(text: string): { parameter: SweepParameter; values: number[] } {
  const [name = '', values = '', ...rest] = text.split('=');
  const parameter = (Object.keys(sweepParsers) as SweepParameter[]).find((known) => known === name.trim());
  if (parameter === undefined || values === '' || rest.length > 0) {
    throw new TablepickError('BAD_OPTION', `--sweep is '${text}' but must name what is swept and its values`, {
      hint: `write --sweep clients=1,10,100; ${Object.keys(sweepParsers).join(', ')} can be swept`,
    });
  }
  return { parameter, values: eachOnce('--sweep', text, parseNames(values).map(sweepParsers[parameter])) };
}

function eachOnce(name: string, text: string, values: number[]): number[] {
  if (new Set(values).size === values.length) return values;
  throw new TablepickError('BAD_OPTION', `${name} is '${text}' and names a value twice`, {
    hint: 'name each value once',
  });
}
