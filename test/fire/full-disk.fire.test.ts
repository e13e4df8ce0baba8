import { spawnSync } from 'node:child_process';
import { appendFileSync, rmSync, statfsSync } from 'node:fs';
import path from 'node:path';

import { sandboxStatus } from 'tablepick/sandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { checkCheckpoints, checkRun } from '../support/check-run.js';
import { startFireProcess } from '../support/fire-process.js';
import type { FireJob } from '../support/fire-process.js';
import { planOf, withFireScene } from '../support/fire-scene.js';
import type { FireScene } from '../support/fire-scene.js';
import { privateInstance, startPrivateServer } from '../support/private-server.js';
import type { PrivateServer } from '../support/private-server.js';

const MIB = 1024 ** 2;
const engines = ['mysql', 'mariadb'] as const;
const range = { from: '2026-12-01', days: 120 };
/** What a run may take before it ends on a full disk: some chunks, not all. */
const roomMib = 6;

describe.each(engines)('when the table space of %s is full', (engine) => {
  let server: PrivateServer;

  beforeAll(async () => {
    server = await startPrivateServer(engine, { serverOptions: tableSpaceOf(20) });
  });
  afterAll(() => server?.remove());

  it('a run stops with one clear line and its checkpoints, and goes on once there is room', async () => {
    await withFireScene(server, async ({ url }) => {
      await stopOnFullDisk({ url, range }, async () => {
        await server.kill();
        await server.start(tableSpaceOf(200));
      });
    });
  });
});

describe.each(diskEngines())('when the disk of %s is full', (engine) => {
  const instance = privateInstance();
  let server: PrivateServer;
  let folder: string;

  beforeAll(async () => {
    folder = path.dirname((await sandboxStatus({ engine, instance })).dataDir);
    mountTmpfs(folder);
    server = await startPrivateServer(engine, { instance });
  });
  afterAll(async () => {
    spawnSync('umount', ['--lazy', folder]);
    await server?.remove();
  });

  it('a run stops with one clear line and its checkpoints, and goes on once there is room', async () => {
    await withFireScene(server, async ({ url }) => {
      const ballast = path.join(folder, 'ballast');
      fillDisk(ballast);
      await stopOnFullDisk({ url, range }, async () => rmSync(ballast));
    });
  });
});

/** All tables in one file of limited size: full for the same error, and with no need to be root. */
function tableSpaceOf(mib: number): string[] {
  return [`--innodb-data-file-path=ibdata1:12M:autoextend:max:${mib}M`, '--innodb-file-per-table=0'];
}

async function stopOnFullDisk(scene: FireScene, makeRoom: () => Promise<unknown>): Promise<void> {
  const plan = await planOf(scene);
  const job: FireJob = { ...scene, strategy: 'server-side', action: 'generate', chunkRows: 2000, workers: 2 };
  const { error } = await startFireProcess(job).ended;
  console.log(error);
  expect(error).toMatchObject({ code: 'DISK_FULL', hint: expect.stringContaining('room') });
  const { chunksDone, chunks } = await checkCheckpoints({ url: scene.url, plan });
  expect(chunksDone).toBeGreaterThan(0);
  await makeRoom();
  const { result } = await startFireProcess(job).ended;
  expect(result).toMatchObject({ inserted: plan.rows, chunks: chunks - chunksDone, verified: true });
  await checkRun({ url: scene.url, plan });
}

/** A disk of a few hundred MB can be had by root who may mount; elsewhere the reason is printed. */
function diskEngines(): readonly (typeof engines)[number][] {
  const { status, stderr, error } = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { encoding: 'utf8' });
  if (status === 0) return engines;
  console.log(`no small disk to fill: mount as this user says: ${error?.message ?? stderr.trim()}`);
  return [];
}

/** Writes until `roomMib` are left, little by little: the server works beside. */
function fillDisk(ballast: string): void {
  for (;;) {
    const { bavail, bsize } = statfsSync(path.dirname(ballast));
    if (bavail * bsize < roomMib * MIB) return;
    appendFileSync(ballast, Buffer.alloc(MIB));
  }
}

function mountTmpfs(folder: string): void {
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=400m,mode=700', 'tmpfs', folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cannot mount a small disk on ${folder}: ${stderr}`);
}
