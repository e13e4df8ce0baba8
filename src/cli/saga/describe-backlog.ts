import type { SagaBacklog } from '../../saga/index.js';
import { formatCount, formatSeconds } from '../output/format.js';

/** A line about what waits for payment. */
export function describeBacklog(backlog: SagaBacklog & { paidLate: number }): string {
  const { waiting, settledPerSecond, etaSeconds, paidLate } = backlog;
  const eta = waiting === 0 || etaSeconds === null ? '' : `, all in ${formatSeconds(etaSeconds)}`;
  return [
    `${formatCount(waiting)} wait for their payment`,
    `${settledPerSecond.toFixed(1)}/s settled${eta}`,
    `${formatCount(paidLate)} paid after their hold`,
  ].join('; ');
}
