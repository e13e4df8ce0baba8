import type { Database } from '../database/index.js';
import type { Transport } from '../messaging/index.js';
import type { PaymentGateway } from '../payments/index.js';
import { failingDatabase } from './failpoints/failing-database.js';
import { failingGateway } from './failpoints/failing-gateway.js';
import { failingTransport } from './failpoints/failing-transport.js';
import { type FailpointPlan, type OnTrigger, createFailpoints } from './failpoints/failpoint-plan.js';

/** The ways of a service to the outside. */
export interface Ports {
  transport?: Transport;
  database?: Database;
  gateway?: PaymentGateway;
}

/**
 * The same ports, with the faults of `plan`. All of them share the plan, its counts and its seed. The services do not
 * know of it: without this call there is no failpoint. Give the database transport the handle without failpoints.
 * Otherwise its own transactions pass them, too.
 *
 * @throws `BAD_OPTION` when a rule is wrong.
 * @example
 * const plan: FailpointPlan = { rules: [{ at: 'relay:before-publish', does: 'throw', nth: 2 }] };
 * const faulty = withFailpoints({ transport, database }, plan);
 */
export function withFailpoints<P extends Ports>(ports: P, plan: FailpointPlan, onTrigger?: OnTrigger): P {
  const failpoints = createFailpoints(plan, onTrigger);
  const { transport, database, gateway } = ports;
  return {
    ...ports,
    ...(transport && { transport: failingTransport(transport, failpoints) }),
    ...(database && { database: failingDatabase(database, failpoints) }),
    ...(gateway && { gateway: failingGateway(gateway, failpoints) }),
  };
}
