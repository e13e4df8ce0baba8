// The entry of a measuring process: one insert, its own CPU time and memory. Started by run-insert-process.ts.
import { measureProcess } from '../../bench/measure-process.js';
import { readProcessCpuSeconds } from '../../bench/process-cpu.js';
import { withClosing } from '../../closing.js';
import { connect } from '../../database/index.js';
import type { Database } from '../../database/index.js';
import { insertJobVariable } from './insert-job.js';
import type { InsertJob, InsertMessage, InsertOutcome } from './insert-job.js';
import { failureMessage, sendToParent } from '../processes/measuring-process.js';
import type { ReadyInsert } from './ready-insert.js';
import { readyInsertWay } from './ready-insert-way.js';
import { verifyLoad } from './verify-insert.js';

await runJob(JSON.parse(process.env[insertJobVariable] ?? 'null') as InsertJob);

async function runJob(job: InsertJob): Promise<void> {
  try {
    const outcome = await withDatabase(job, (database) => measureInsert(database, job));
    await sendToParent({ kind: 'done', outcome } satisfies InsertMessage);
  } catch (error) {
    await sendToParent(failureMessage(error));
  }
}

async function withDatabase<T>(job: InsertJob, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await connect(job.connection);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

async function measureInsert(database: Database, job: InsertJob): Promise<InsertOutcome> {
  return withClosing(async ({ onClose }) => {
    const ready = await readyInsertWay(database, job);
    onClose(() => ready.close());
    const meter = measureProcess();
    onClose(() => meter.stop());
    const measured = await timeInsert(ready, job.serverPid);
    const cpu = meter.read();
    await sendToParent({ kind: 'verifying' } satisfies InsertMessage);
    const { rows, seconds: verifySeconds } = await verifyLoad(database, job.range);
    // The memory of the proof counts, but its CPU time does not: rates are those of inserting.
    const { peakRssBytes, rssSamples } = meter.read();
    return { ...measured, rows, verifySeconds, client: { ...cpu, peakRssBytes, rssSamples } };
  });
}

async function timeInsert(
  ready: ReadyInsert,
  serverPid: number | null,
): Promise<Pick<InsertOutcome, 'seconds' | 'serverCpuSeconds' | 'details'>> {
  const serverBefore = serverPid === null ? null : readProcessCpuSeconds(serverPid);
  const startedAtMs = performance.now();
  // When a report cannot be sent, nobody waits any more: the rejection ends this process.
  const details = await ready.insert(
    (rowsDone) => void sendToParent({ kind: 'rows', rowsDone } satisfies InsertMessage),
  );
  const seconds = (performance.now() - startedAtMs) / 1000;
  const serverAfter = serverPid === null ? null : readProcessCpuSeconds(serverPid);
  const serverCpuSeconds = serverBefore === null || serverAfter === null ? null : serverAfter - serverBefore;
  return { seconds, serverCpuSeconds, details };
}
