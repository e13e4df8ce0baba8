// Fills the slot table as a Node service would: node main.mjs knex|typeorm FROM DAYS TIMES BATCH_ROWS.
// The tables and restaurants are there already; the connection comes from the environment. Prints one JSON line.
import { readFileSync } from 'node:fs';

import { openKnex } from './knex.mjs';
import { openTypeorm } from './typeorm.mjs';

const ways = { knex: openKnex, typeorm: openTypeorm };

const [way, from, days, times, batchRows] = process.argv.slice(2);
const job = { from, days: Number(days), times: times.split(','), batchRows: Number(batchRows) };
const connection = {
  host: process.env.PEER_HOST,
  port: Number(process.env.PEER_PORT),
  user: process.env.PEER_USER,
  password: process.env.PEER_PASSWORD,
  database: process.env.PEER_DATABASE,
};
console.log(JSON.stringify(await measure(await ways[way](connection), job)));

async function measure(inserter, { batchRows, ...hours }) {
  try {
    const restaurants = await inserter.readRestaurants();
    const cpuBefore = process.cpuUsage();
    const startedAtMs = performance.now();
    let rows = 0;
    for (const batch of batches(slots(restaurants, hours), batchRows)) {
      await inserter.insert(batch, batchRows);
      rows += batch.length;
    }
    const seconds = (performance.now() - startedAtMs) / 1000;
    const cpu = process.cpuUsage(cpuBefore);
    const cpuSeconds = { userCpuSeconds: cpu.user / 1e6, systemCpuSeconds: cpu.system / 1e6 };
    return { rows, seconds, ...cpuSeconds, peakRssBytes: peakRssBytes() };
  } finally {
    await inserter.close();
  }
}

function* slots(restaurants, { from, days, times }) {
  const dates = Array.from({ length: days }, (_, day) => dateAfter(from, day));
  for (const { id, max_capacity: capacity } of restaurants) {
    for (const date of dates) {
      for (const time of times) yield { restaurant_id: id, date, time, capacity, count: 0, version: 0 };
    }
  }
}

function dateAfter(from, days) {
  const date = new Date(`${from}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

function* batches(rows, size) {
  let batch = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

// ru_maxrss survives execve on Linux, so the parent's peak would count; VmHWM does not.
function peakRssBytes() {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
