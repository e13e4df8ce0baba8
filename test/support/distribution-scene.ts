import { randomUUID } from 'node:crypto';

import type { RowDataPacket } from 'mysql2/promise';
import { createDatabaseTransport } from 'tablepick/messaging';
import type { Transport } from 'tablepick/messaging';
import { distributeRun, startSlotWorker } from 'tablepick/slots';
import type {
  DistributeOptions,
  DistributeResult,
  SlotWorker,
  SlotWorkerEvent,
  SlotWorkerOptions,
  SlotWorkerResult,
} from 'tablepick/slots';

import { type RunningCli, startCli } from './run-cli.js';
import { withConnection } from './servers.js';
import type { SlotScene } from './slot-scene.js';

/** Distributes the scene's slots over the database: a restaurant a chunk, row by row. */
export function distribute(scene: SlotScene, more: Partial<DistributeOptions> = {}): Promise<DistributeResult> {
  const { database, range } = scene;
  return withTableTransport(scene, (transport) =>
    distributeRun({
      database,
      transport,
      range,
      rules: scene.rules(),
      strategy: 'identity',
      chunkRows: 1,
      pollMs: 20,
      ...more,
    }),
  );
}

/** A worker in this process, with its events. */
export interface HeardWorker extends Pick<SlotWorker, 'ended' | 'stop'> {
  events: SlotWorkerEvent[];
}

/** Starts a worker on the scene's database. */
export async function work(scene: SlotScene, more: Partial<SlotWorkerOptions> = {}): Promise<HeardWorker> {
  const { database } = scene;
  const events: SlotWorkerEvent[] = [];
  const transport = createDatabaseTransport({ database, pollMs: 20 });
  const onEvent = (event: SlotWorkerEvent): void => void events.push(event);
  const { ended, stop } = bound(await startSlotWorker({ database, transport, workers: 2, onEvent, ...more }));
  return { ended: ended.finally(() => transport.close()), stop, events };
}

/** Lets a worker do all the work that is there. */
export async function workUntilIdle(scene: SlotScene, untilIdleMs = 1500): Promise<HeardWorker & SlotWorkerResult> {
  const worker = await work(scene, { untilIdleMs });
  return { ...worker, ...(await worker.ended) };
}

function bound(worker: SlotWorker): Pick<SlotWorker, 'ended' | 'stop'> {
  return { ended: worker.ended, stop: () => worker.stop() };
}

async function withTableTransport<T>(scene: SlotScene, use: (transport: Transport) => Promise<T>): Promise<T> {
  const transport = createDatabaseTransport({ database: scene.database });
  return use(transport).finally(() => transport.close());
}

/** A transport that carries every message twice, so that two workers get the same chunk at once. */
export function carryingTwice(transport: Transport): Transport {
  return {
    ...transport,
    publish: (messages) =>
      transport.publish(
        messages.flatMap((message) => [
          message,
          { ...message, key: `${message.key}:again`, headers: { ...message.headers, id: randomUUID() } },
        ]),
      ),
  };
}

/** The reasons of a worker's refusals. */
export function refusalsOf({ events }: Pick<HeardWorker, 'events'>): string[] {
  return events.flatMap((event) => (event.kind === 'refused' ? [event.code] : []));
}

/** Starts `tablepick generate-slots --worker` in a process of its own. */
export function startWorkerProcess(url: string, ...words: string[]): RunningCli {
  return startCli(['generate-slots', '--worker', '--workers', '1', ...words], { TABLEPICK_DATABASE_URL: url });
}

const BLOCKED_WORKERS = `
  SELECT w.name AS name FROM slot_run_worker w JOIN information_schema.innodb_trx t
    ON JSON_CONTAINS(w.sessions, JSON_OBJECT('id', t.trx_mysql_thread_id))
  WHERE t.trx_state = 'LOCK WAIT'`;

interface Named extends RowDataPacket {
  name: string;
}

/** Kills, by SIGKILL, the process of a worker that waits for a lock in the middle of a chunk. Returns its id. */
export async function killBlockedWorker(url: string): Promise<number> {
  return withConnection(url, async (connection) => {
    const [[blocked]] = await connection.query<Named[]>(BLOCKED_WORKERS);
    const pid = Number(blocked?.name.split(':').at(-1));
    process.kill(pid, 'SIGKILL');
    return pid;
  });
}

/** Runs `hold` while another transaction locks a restaurant, so that none of its slots can be inserted. */
export async function holdingRestaurant<T>(url: string, restaurantId: number, hold: () => Promise<T>): Promise<T> {
  return withConnection(url, async (connection) => {
    await connection.beginTransaction();
    await connection.query('SELECT id FROM restaurant WHERE id = ? FOR UPDATE', [restaurantId]);
    const result = await hold();
    await connection.rollback();
    return result;
  });
}
