import type { ClassResult, MoneySums, ReconcileResult } from '../../reconcile/index.js';
import { formatCount, formatQuantity, formatSeconds, formatTable } from '../output/format.js';

/** A table of the findings, and in words the repairs that were made or are needed. */
export function describeReconciliation(result: ReconcileResult): string[] {
  const { ok, classes, money, ms } = result;
  const found = classes.filter((each) => each.found > 0);
  const rows = classes.map(({ name, found, fixed, left }) => [name, ...[found, fixed, left].map(formatCount)]);
  return [
    ...formatTable(['disagreement', 'found', 'fixed', 'left'], rows),
    '',
    ...found.flatMap(describeClass),
    ...(found.length > 0 ? [''] : []),
    `${formatQuantity(money.heldSeats, 'seat')} held, paid ${formatSums(money.paid)}, refunded ${formatSums(money.refunded)}`,
    `${ok ? 'money and seats agree' : 'money and seats do not agree'} over ${checkedOf(result)}, ${formatSeconds(ms / 1000)}`,
  ];
}

/** One round in a line. */
export function describeRound(result: ReconcileResult): string {
  const sum = (of: (each: ClassResult) => number) =>
    formatCount(result.classes.reduce((all, each) => all + of(each), 0));
  const counts = `found ${sum(({ found }) => found)}, fixed ${sum(({ fixed }) => fixed)}, left ${sum(({ left }) => left)}`;
  return `${counts} over ${checkedOf(result)}, ${formatSeconds(result.ms / 1000)}`;
}

function checkedOf({ checked }: ReconcileResult): string {
  const compared = checked.compared > 0 ? `, ${formatCount(checked.compared)} of them compared with the provider` : '';
  return `${formatQuantity(checked.reservations, 'reservation')} and ${formatQuantity(checked.payments, 'payment')}${compared}`;
}

function describeClass({ name, found, keys, did }: ClassResult): string[] {
  const more = found > keys.length ? ', …' : '';
  return [`${name}  ${did}`, ...(keys.length > 0 ? [`  ${keys.join(', ')}${more}`] : [])];
}

function formatSums(sums: MoneySums): string {
  const parts = Object.entries(sums).map(
    ([currency, amount]) => `${BigInt(amount).toLocaleString('en-US')} ${currency}`,
  );
  return parts.join(' + ') || 'nothing';
}
