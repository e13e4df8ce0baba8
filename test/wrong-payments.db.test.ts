import { createServer } from 'node:http';

import { isTablepickError } from 'tablepick';
import { type PaymentGateway, createHttpGateway, settleOverdue } from 'tablepick/payments';
import { describe, expect, it } from 'vitest';

import { type PaymentScene, messageOf, saidOf, withPaymentScene } from './support/payment-scene.js';
import { testServers } from './support/servers.js';
import { wrongPayments } from './support/wrong-payments.js';

const RIGHT = saidOf(1, 'approved');

describe.each(testServers())('a provider that says something wrong of a payment, on $name', (server) => {
  it('makes none PAID by it, asked for the money or looked up, and stands in the way of nothing', async () => {
    await withPaymentScene(server, (scene) =>
      withLiar(async ({ gateway, say }) => {
        for (const { title, said } of wrongPayments(RIGHT, { ...saidOf(2, 'approved', 5000), currency: 'USD' })) {
          for (const ask of [askFor, lookUp]) {
            await putNamed(scene);
            say(said);
            await ask(scene, gateway);
            expect([title, await scene.stateOf(1)]).toEqual([title, 'READY']);
            say({ ...RIGHT });
            await ask(scene, gateway);
            expect([title, await scene.stateOf(1)]).toEqual([title, 'PAID PaymentSucceeded']);
          }
        }
      }),
    );
  });
});

/** A payment that the provider has called pending, and named. */
async function putNamed({ database, put }: PaymentScene): Promise<void> {
  await database.session(async (session) => {
    for (const table of ['payment', 'payment_mismatch', 'outbox', 'inbox'])
      await session.execute(`DELETE FROM ${table}`);
    await put(1, 'READY');
    await session.execute('UPDATE payment SET provider_id = ?', [RIGHT.providerId]);
  });
}

const EXPECTED = ['GATEWAY_UNAVAILABLE', 'PAYMENT_MISMATCH'] as const;

async function askFor(scene: PaymentScene, gateway: PaymentGateway): Promise<void> {
  await scene.handle(messageOf('PaymentRequested', 1), gateway).catch(refuseOthers);
}

async function lookUp({ database }: PaymentScene, gateway: PaymentGateway): Promise<void> {
  await settleOverdue({ database, gateway }).catch(refuseOthers);
}

function refuseOthers(error: unknown): void {
  if (!isTablepickError(error, ...EXPECTED)) throw error;
}

interface Liar {
  gateway: PaymentGateway;
  /** What it answers from now on, whatever it is asked. */
  say(said: Record<string, unknown>): void;
}

async function withLiar(work: (liar: Liar) => Promise<void>): Promise<void> {
  let answer = '';
  const http = createServer((_request, response) => void response.end(answer));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as { port: number };
  const breaker = { failures: 1_000_000, coolDownMs: 0 };
  const gateway = createHttpGateway({ url: `http://127.0.0.1:${port}`, attempts: 1, breaker });
  try {
    await work({ gateway, say: (said) => void (answer = JSON.stringify(said)) });
  } finally {
    gateway.close();
    http.closeAllConnections();
    http.close();
  }
}
