import { row, table } from './markdown.js';

/** A line of the page: one scenario and how it ended. */
export interface SimulatedLine {
  message: string;
  fault: string;
  saga: string;
  seat: string;
  payment: string;
  /** Money that the provider kept, in minor units. */
  kept: number;
  mails: number;
  wrong: readonly string[];
}

/** The result of a simulation. */
export interface SimulatedPage {
  transport: string;
  server: string;
  lines: readonly SimulatedLine[];
}

const HEADINGS = ['message', 'what goes wrong', 'saga ends', 'seat', 'payment', 'money kept', 'mails', 'right'];

/** The first line of {@link renderSimulation}. A file that begins otherwise has other content. */
export const SIMULATION_HEADING = '# How every failure is compensated\n';

const INTRO = `${SIMULATION_HEADING}
A reservation and its payment are two services with a database each; they agree by messages. Every message goes out with the change it tells of
(outbox), is sent at least once and in order per reservation, and takes effect once (inbox). So a crash can only delay. What has to be undone is undone
in the reverse order: first the seat is given back, then the money, each in a transaction of its own, each tried again until it is done or an operator
has to decide.

| message | sent by | in the transaction that | what it leads to |
| --- | --- | --- | --- |
| ReservationCreated | reservation | takes the seat | the payment is noted as READY |
| PaymentRequested | payment | notes the payment | the provider is asked, outside of any transaction, under the reservation's id as idempotency key |
| PaymentSucceeded | payment | notes PAID | the reservation is confirmed; one that is no longer held is refunded |
| PaymentFailed | payment | notes FAILED | the seat is given back |
| ReservationConfirmed | reservation | confirms | a mail |
| ReservationCancelled | reservation | gives the seat back | a mail |
| RefundRequested | reservation | gives the seat of a paid reservation back, or hears of money for a seat that is gone | the provider is asked for the refund |
| PaymentRefunded | payment | notes REFUNDED | the compensation is closed |
| RefundFailed | payment | notes REFUND_FAILED | COMPENSATION_FAILED: \`tablepick saga list --stuck\`, \`show\`, \`retry\`, \`resolve\` |

A payment or refund that the provider calls pending is not done: it waits for the callback, or is looked up. What nobody hears of is found by
\`tablepick reconcile\`.

What the provider says is compared with what was asked for, however it is heard of: a callback, an answer, a look-up, \`tablepick reconcile\`. Another
amount or currency, or the money of another payment, settles nothing: the payment stays as it is, the callback is answered 409, the message is a dead
letter (\`PAYMENT_MISMATCH\`), and reconcile tells it as \`payment-mismatch\` until both agree. What is right settles it whenever it comes.

## Every message with everything that can go wrong with it
`;

/** The compensation document: how every failure ends, as it was simulated. */
export function renderSimulation({ transport, server, lines }: SimulatedPage): string {
  const rows = lines.map(({ message, fault, saga, seat, payment, kept, mails, wrong }) =>
    row([
      message,
      fault,
      saga,
      seat,
      payment,
      String(kept),
      String(mails),
      wrong.length === 0 ? 'yes' : wrong.join('; '),
    ]),
  );
  const origin = `Written by \`tablepick saga simulate --markdown\` on ${server} over ${transport}: real services, processes that are really killed.`;
  return `${INTRO}\n${origin}\n\n${table(HEADINGS, rows)}\n`;
}
