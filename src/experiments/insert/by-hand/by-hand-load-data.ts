import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { Database } from '../../../database/index.js';
import { compilePlan, readRules } from '../../../slots/index.js';
import type { SlotRange } from '../../../slots/index.js';
import { chunkPlan, plannedDays } from '../../../slots/plan/index.js';
import type { PlanBox, SlotPlan } from '../../../slots/plan/index.js';
import { connectionsByHand, typeByHand } from './by-hand-connections.js';
import type { ReadyInsert } from '../ready-insert.js';

const LOAD_FILE = `
  LOAD DATA LOCAL INFILE 'slots.tsv' INTO TABLE {slot}
  ({slot.restaurantId}, {slot.date}, {slot.time}, {slot.capacity})`;

const rowsPerFile = 48_000;

/**
 * `LOAD DATA LOCAL`, typed by hand into two terminals. The files are written before the measurement, which favours this
 * way. There are no checkpoints and no retries, and each statement is a transaction of its own. A skipped row would not
 * be noticed.
 */
export async function readyLoadDataByHand(database: Database, range: SlotRange): Promise<ReadyInsert> {
  const plan = await compilePlan(readRules(database), range);
  const folder = await mkdtemp(join(tmpdir(), 'tablepick-by-hand-'));
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const files = await writeFiles(plan, folder);
    return { insert: (onRows) => loadFiles(database, files, onRows), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function writeFiles(plan: SlotPlan, folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const [index, box] of chunkPlan(plan, rowsPerFile).entries()) {
    const file = join(folder, `${index}.tsv`);
    await pipeline(Readable.from(linesOf(plan, box)), createWriteStream(file));
    files.push(file);
  }
  return files;
}

function* linesOf(plan: SlotPlan, box: PlanBox): Generator<string> {
  for (const { restaurantId, capacity, date, times } of plannedDays(plan, box)) {
    const lines = times.map((each) => `${restaurantId}\t${date}\t${each.time}\t${each.capacity ?? capacity}\n`);
    yield lines.join('');
  }
}

async function loadFiles(
  database: Database,
  files: string[],
  onRows: (rowsDone: number) => void,
): Promise<Record<string, number>> {
  await typeByHand(database, files, {
    type: async (session, file) => (await session.loadLocal(LOAD_FILE, createReadStream(file))).affectedRows,
    onRows,
  });
  return { workers: connectionsByHand };
}
