import type { SimulatedPage } from '../../report/render-simulation.js';
import { faultWords } from './scenarios.js';
import type { Simulation } from './simulate-saga.js';

/** A simulation as the page and the table show it. */
export function describeSimulation({ transport, server, ends }: Simulation): SimulatedPage {
  const lines = ends.map(({ type, fault, story, saga, seat, payment, kept, mails, wrong }) => ({
    message: fault === 'none' ? `(${story})` : type,
    fault: faultWords[fault],
    saga,
    seat,
    payment,
    kept,
    mails,
    wrong,
  }));
  return { transport, server, lines };
}
