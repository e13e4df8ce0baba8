import { setTimeout as sleep } from 'node:timers/promises';

import { TablepickError } from '../../errors.js';
import type { PaymentGateway } from '../../payments/index.js';
import type { Fault, Scenario } from './scenarios.js';
import { type PendingFaults, tellOccurred } from './pending-faults.js';

/** How many calls fail before one succeeds. */
const TIMES = 2;

/** Passes each call to the provider of its story, with the pending faults. */
export function faultyGateway(
  gateways: Readonly<Record<Scenario['story'], PaymentGateway>>,
  context: {
    pendingFaults: PendingFaults;
    storyOf: (reservationId: number) => Scenario['story'];
  },
): PaymentGateway {
  const left = new Map<string, number>();
  const of = (reservationId: number): PaymentGateway => gateways[context.storyOf(reservationId)];
  const withFault = async <T>(
    type: 'PaymentRequested' | 'RefundRequested',
    reservationId: number,
    call: () => Promise<T>,
  ): Promise<T> => {
    const scenario = findFault(context.pendingFaults, { type, key: String(reservationId) });
    if (scenario === undefined) return call();
    const name = `${type} ${reservationId}`;
    const times = left.get(name) ?? TIMES;
    left.set(name, times - 1);
    if (times === TIMES) await tellOccurred(scenario);
    if (times < TIMES && scenario.fault === 'gateway-wrong')
      throw new TablepickError('GATEWAY_REFUSED', 'called wrong');
    return times > 0 ? goWrong(scenario.fault, call) : call();
  };
  return {
    approve: (request, signal) =>
      withFault('PaymentRequested', request.reservationId, () => of(request.reservationId).approve(request, signal)),
    cancel: (request, signal) =>
      withFault('RefundRequested', request.reservationId, () => of(request.reservationId).cancel(request, signal)),
    find: (reservationId, signal) => of(reservationId).find(reservationId, signal),
  };
}

function findFault(pendingFaults: PendingFaults, about: { type: string; key: string }): Scenario | undefined {
  const faults = ['gateway-down', 'gateway-slow', 'gateway-ambiguous', 'gateway-wrong'] as const;
  return faults.map((fault) => pendingFaults.find(fault, about)).find((scenario) => scenario !== undefined);
}

async function goWrong<T>(fault: Fault, call: () => Promise<T>): Promise<T> {
  if (fault === 'gateway-ambiguous' || fault === 'gateway-wrong') await call();
  if (fault === 'gateway-slow') {
    // The provider finishes the work although nobody waits for it any more.
    void sleep(1000)
      .then(call, () => {})
      .catch(() => {});
    await sleep(500);
  }
  throw new TablepickError('GATEWAY_UNAVAILABLE', 'the provider did not answer', { retriable: true });
}
