import { setTimeout as sleep } from 'node:timers/promises';

import type { SlotPlan } from 'tablepick/slots';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { checkCheckpoints, checkRun } from '../support/check-run.js';
import type { RunCheck } from '../support/check-run.js';
import { startFireProcess } from '../support/fire-process.js';
import type { FireEnding, FireJob } from '../support/fire-process.js';
import { planOf, withFireScene } from '../support/fire-scene.js';
import { enginesUnderFire } from '../support/fire-share.js';
import { startPrivateServer } from '../support/private-server.js';
import type { PrivateServer } from '../support/private-server.js';
import { mountSmallDisk, whyNoSmallDisk } from '../support/small-disk.js';
import type { SmallDisk } from '../support/small-disk.js';

const engines = ['mysql', 'mariadb'] as const;
/** MySQL takes a minute for it, see below. */
const diskEngines = enginesUnderFire('mariadb');
const range = { from: '2026-12-01', days: 120 };
/** What a run may take before it ends on a full disk: some chunks, not all. */
const keptFreeMib = 6;

describe.each(engines)('when the table space of %s is full', (engine) => {
  let server: PrivateServer;

  beforeAll(async () => {
    server = await startPrivateServer(engine, { serverOptions: tableSpaceOf(20) });
  });
  afterAll(() => server?.remove());

  it('a run stops with one clear line and its checkpoints, and goes on once there is free space', async () => {
    await withFireScene(server, async ({ url }) => {
      const plan = await planOf({ url, range });
      await expectDiskFull(await startFireProcess(jobOf(url)).ended, { url, plan });
      await server.kill();
      await server.start(tableSpaceOf(200));
      await expectToEnd(url, plan);
    });
  });
});

describe.each(enginesWithDisk())('when the disk of %s is full', (engine) => {
  let disk: SmallDisk;
  let server: PrivateServer;

  beforeAll(async () => {
    disk = await mountSmallDisk(400);
    server = await startPrivateServer(engine, { home: disk.folder });
  });
  afterAll(async () => {
    disk?.freeSpace();
    await server?.remove();
    disk?.unmount();
  });

  it('a run stops as soon as the server says so, with its checkpoints, and goes on once there is free space', async () => {
    await withFireScene(server, async ({ url }) => {
      const plan = await planOf({ url, range });
      disk.fill(keptFreeMib);
      const child = startFireProcess(jobOf(url));
      await Promise.race([child.ended, untilFull(disk)]);
      // A MySQL whose log lies on the same disk leaves a COMMIT unanswered until there is free space, and looks once a
      // minute.
      await sleep(2000);
      disk.freeSpace();
      const ending = await child.ended;
      if (ending.error) await expectDiskFull(ending, { url, plan });
      if (ending.error) await expectToEnd(url, plan);
      await checkRun({ url, plan });
    });
  });
});

/** All tables in one file of limited size: full for the same error, and with no need to be root. */
function tableSpaceOf(mib: number): string[] {
  return [`--innodb-data-file-path=ibdata1:12M:autoextend:max:${mib}M`, '--innodb-file-per-table=0'];
}

function jobOf(url: string): FireJob {
  return { url, range, strategy: 'server-side', action: 'generate', chunkRows: 2000, workers: 2 };
}

async function expectDiskFull({ error }: FireEnding, check: RunCheck): Promise<void> {
  expect(error, error?.message).toMatchObject({ code: 'DISK_FULL', hint: expect.stringContaining('free space') });
  const { chunksDone, chunks } = await checkCheckpoints(check);
  expect(chunksDone).toBeGreaterThan(0);
  expect(chunksDone).toBeLessThan(chunks);
}

async function expectToEnd(url: string, plan: SlotPlan): Promise<void> {
  const events = startFireProcess(jobOf(url));
  await events.told('resumed');
  const { result } = await events.ended;
  expect(result).toMatchObject({ inserted: plan.rows, existing: 0, verified: true });
  await checkRun({ url, plan });
}

async function untilFull(disk: SmallDisk): Promise<void> {
  while (disk.freeMib() > 0) await sleep(20);
}

/** A disk of its own can be had by root where root may mount; elsewhere the reason is printed. */
function enginesWithDisk(): readonly (typeof engines)[number][] {
  const reason = whyNoSmallDisk();
  if (reason === undefined) return diskEngines;
  console.log(`no small disk to fill: ${reason}`);
  return [];
}
