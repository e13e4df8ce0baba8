import {
  type ClassResult,
  type ReconcileClass,
  type ReconcileFinding,
  type ReconcileKey,
  reconcileClasses,
} from './reconcile-result.js';

/** Most texts of one class that are counted separately, because errors may have any number of texts. */
const MOST_TEXTS = 12;

const OTHERS = 'left: other reasons';

interface Count {
  fixed: number;
  left: number;
  keys: ReconcileKey[];
  texts: Map<string, number>;
}

/** Counts findings, and keeps the first keys of each class. */
export class Tally {
  readonly #counts = new Map<ReconcileClass, Count>();
  readonly #limit: number;
  readonly #tell: (finding: ReconcileFinding) => unknown;

  /** `tell` is awaited for every finding. */
  constructor(limit: number, tell: (finding: ReconcileFinding) => unknown) {
    this.#limit = limit;
    this.#tell = tell;
  }

  async add(finding: ReconcileFinding): Promise<void> {
    const { name, key, end, text } = finding;
    this.count(name, { [end]: 1, keys: [key], text: end === 'left' ? `left: ${text}` : text });
    await this.#tell(finding);
  }

  /** Counts many findings, when only the first have keys. */
  count(
    name: ReconcileClass,
    { fixed = 0, left = 0, keys, text }: { fixed?: number; left?: number; keys: readonly ReconcileKey[]; text: string },
  ): void {
    const count = this.#counts.get(name) ?? { fixed: 0, left: 0, keys: [], texts: new Map<string, number>() };
    this.#counts.set(name, count);
    count.fixed += fixed;
    count.left += left;
    count.keys.push(...keys.slice(0, Math.max(0, this.#limit - count.keys.length)));
    const known = count.texts.has(text) || count.texts.size < MOST_TEXTS ? text : OTHERS;
    count.texts.set(known, (count.texts.get(known) ?? 0) + fixed + left);
  }

  /** Every class, in the order of the report. */
  classes(): ClassResult[] {
    return reconcileClasses.map((name) => {
      const { fixed, left, keys, texts } = this.#counts.get(name) ?? { fixed: 0, left: 0, keys: [], texts: new Map() };
      const did = [...texts].map(([text, times]) => `${text} (${times})`).join('; ');
      return { name, found: fixed + left, fixed, left, keys, did };
    });
  }
}
