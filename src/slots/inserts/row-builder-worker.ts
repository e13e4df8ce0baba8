import { parentPort, workerData } from 'node:worker_threads';

import { encodeRows } from './encode-rows.js';
import type { SlotPlan } from '../plan/index.js';
import type { BuildAnswer, BuildRequest } from './build-request.js';

const plan = workerData as SlotPlan;

parentPort?.on('message', (request: BuildRequest) => {
  try {
    const parts = [...encodeRows(plan, request)];
    reply(
      { parts },
      parts.map((part) => part.buffer),
    );
  } catch (error) {
    reply({ error: String(error) }, []);
  }
});

function reply(answer: BuildAnswer, transfer: ArrayBuffer[]): void {
  parentPort?.postMessage(answer, transfer);
}
