import type { PaymentGateway } from '../../payments/index.js';
import type { FailpointName } from './failpoint-names.js';
import type { Failpoints } from './failpoint-plan.js';

type Call = keyof PaymentGateway;

/**
 * A provider that passes failpoints before and after each call. An error after a call means that its answer got lost.
 */
export function failingGateway(gateway: PaymentGateway, { pass }: Pick<Failpoints, 'pass'>): PaymentGateway {
  const around = async <T>(call: Call, make: () => Promise<T>): Promise<T> => {
    await pass(`gateway:before-${call}` satisfies FailpointName);
    const answer = await make();
    await pass(`gateway:after-${call}` satisfies FailpointName);
    return answer;
  };
  return {
    approve: (request, signal) => around('approve', () => gateway.approve(request, signal)),
    cancel: (request, signal) => around('cancel', () => gateway.cancel(request, signal)),
    find: (reservationId, signal) => around('find', () => gateway.find(reservationId, signal)),
  };
}
