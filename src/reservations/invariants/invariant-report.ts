/**
 * The kinds of violations. In the tables alone:
 *
 * - `count-differs`: a slot's count is not the sum of its live reservations' seats;
 * - `overbooked`: the count, or the seats of live reservations, exceed the capacity;
 * - `member-twice`: a member holds a slot by more than one live reservation;
 * - `slot-missing`, `restaurant-missing`: a reservation without its slot, a slot without its restaurant;
 * - `null-value`: NULL in a slot or a reservation where a value must be, such as a count, a capacity or seats;
 * - `group-differs`: reservations made as one are not all in the same state, or the first of them is missing.
 *
 * In a history, compared with the tables:
 *
 * - `acknowledged-missing`: an acknowledged reservation is not there with its slots, member, party and key;
 * - `key-twice`: one key was answered with two reservations;
 * - `sold-out-unjustified`, `duplicate-unjustified`: a refusal that was wrong at every moment of its call;
 * - `refused-but-written`: a key has a reservation although it was always refused;
 * - `released-twice`: more than one call gave the seats of a reservation back;
 * - `confirmed-and-expired`: one answer says that a hold was confirmed, and another that it expired;
 * - `confirmed-twice`: more than one call was answered as the one that confirmed;
 * - `state-differs`: an answer about a reservation's end differs from its state in the table;
 * - `not-asked-for`: a reservation has no key, or nobody used its key (checked only when the history is `exclusive`).
 */
export const violationKinds = [
  'count-differs',
  'overbooked',
  'member-twice',
  'slot-missing',
  'restaurant-missing',
  'null-value',
  'group-differs',
  'acknowledged-missing',
  'key-twice',
  'sold-out-unjustified',
  'duplicate-unjustified',
  'refused-but-written',
  'released-twice',
  'confirmed-and-expired',
  'confirmed-twice',
  'state-differs',
  'not-asked-for',
] as const;

/** One of {@link violationKinds}. */
export type ViolationKind = (typeof violationKinds)[number];

/** One violation with its keys. The kind decides which keys are set. */
export interface Violation {
  kind: ViolationKind;
  slotId?: number | undefined;
  /** Ten at most. */
  reservationIds?: readonly number[] | undefined;
  memberId?: number | undefined;
  idempotencyKey?: string | undefined;
  /** Text for people: the finding and the correct state. */
  text: string;
}

/** The result of `checkInvariants`. */
export interface InvariantReport {
  /** True when nothing is wrong. */
  ok: boolean;
  checked: { slots: number; reservations: number; entries: number };
  /** The first violations of each kind, at most `limit`. */
  violations: readonly Violation[];
  /** The number of violations of each kind, listed or not. Kinds without any are left out. */
  counts: Readonly<Partial<Record<ViolationKind, number>>>;
  /** Violations that are counted but not listed. */
  more: number;
}

/** Collects violations: counts all, and keeps the first `limit` of each kind. */
export class Findings {
  readonly checked = { slots: 0, reservations: 0, entries: 0 };
  readonly #limit: number;
  readonly #listed: Violation[] = [];
  readonly #found = new Map<ViolationKind, { count: number; listed: number }>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many more of a kind would be listed. */
  remaining(kind: ViolationKind): number {
    return this.#limit - (this.#found.get(kind)?.listed ?? 0);
  }

  add(violation: Violation): void {
    this.addAll(violation.kind, 1, [violation]);
  }

  /** `count` violations of a kind, of which the first are `violations`. */
  addAll(kind: ViolationKind, count: number, violations: readonly Violation[]): void {
    if (count === 0) return;
    const found = this.#found.get(kind) ?? { count: 0, listed: 0 };
    const listed = violations.slice(0, this.#limit - found.listed);
    this.#listed.push(...listed);
    this.#found.set(kind, { count: found.count + count, listed: found.listed + listed.length });
  }

  /** A collection with the same limit, for a part that may be read again before it counts. */
  part(): Findings {
    return new Findings(this.#limit);
  }

  /** Adds the findings of a part. */
  merge(part: Findings): void {
    for (const [kind, { count }] of part.#found) {
      this.addAll(
        kind,
        count,
        part.#listed.filter((violation) => violation.kind === kind),
      );
    }
    this.checked.slots += part.checked.slots;
    this.checked.reservations += part.checked.reservations;
    this.checked.entries += part.checked.entries;
  }

  report(): InvariantReport {
    const counts = Object.fromEntries([...this.#found].map(([kind, { count }]) => [kind, count]));
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const order = (kind: ViolationKind): number => violationKinds.indexOf(kind);
    return {
      ok: total === 0,
      checked: { ...this.checked },
      violations: this.#listed.sort((a, b) => order(a.kind) - order(b.kind)),
      counts,
      more: total - this.#listed.length,
    };
  }
}
