import { spawnSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { Connection } from 'mysql2/promise';
import { sandboxStatus } from 'tablepick/sandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { checkCheckpoints, checkRun } from '../support/check-run.js';
import { startFireProcess } from '../support/fire-process.js';
import type { FireJob } from '../support/fire-process.js';
import { planOf, withFireScene } from '../support/fire-scene.js';
import type { FireScene } from '../support/fire-scene.js';
import { privateInstance, startPrivateServer } from '../support/private-server.js';
import type { PrivateServer } from '../support/private-server.js';
import { withConnection } from '../support/servers.js';

const MIB = 1024 ** 2;
const engines = ['mysql', 'mariadb'] as const;
const range = { from: '2026-12-01', days: 60 };
/** What a run may take before it ends on a full disk: some chunks, not all. */
const roomMib = 6;

describe.each(engines)('when the table space of %s is full', (engine) => {
  let server: PrivateServer;

  beforeAll(async () => {
    server = await startPrivateServer(engine, {
      serverOptions: ['--innodb-data-file-path=ibdata1:12M:autoextend:max:64M', '--innodb-file-per-table=0'],
    });
  });
  afterAll(() => server?.remove());

  it('a run stops with one clear line and its checkpoints, and goes on once there is room', async () => {
    await withFireScene(server, async ({ url }) => {
      await withConnection(url, fillTableSpace);
      await stopOnFullDisk({ url, range }, () => withConnection(url, (root) => root.query('DROP TABLE ballast')));
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
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - roomMib * MIB)));
      await stopOnFullDisk({ url, range }, async () => rmSync(ballast));
    });
  });
});

async function stopOnFullDisk(scene: FireScene, makeRoom: () => Promise<unknown>): Promise<void> {
  const plan = await planOf(scene);
  const job: FireJob = { ...scene, strategy: 'server-side', action: 'generate', chunkRows: 2000, workers: 2 };
  const { error } = await startFireProcess(job).ended;
  expect(error).toMatchObject({ code: 'DISK_FULL', hint: expect.stringContaining('room') });
  const { chunksDone, chunks } = await checkCheckpoints({ url: scene.url, plan });
  expect(chunksDone).toBeGreaterThan(0);
  await makeRoom();
  const { result } = await startFireProcess(job).ended;
  expect(result).toMatchObject({ inserted: plan.rows, chunks: chunks - chunksDone, verified: true });
  await checkRun({ url: scene.url, plan });
}

/** Leaves `roomMib` free: InnoDB uses what dropped tables had before it extends a file. */
async function fillTableSpace(root: Connection): Promise<void> {
  for (const name of ['room', 'ballast']) await root.query(`CREATE TABLE ${name} (content LONGBLOB)`);
  const addMib = (name: string) => root.query(`INSERT INTO ${name} VALUES (REPEAT('x', ${MIB}))`);
  for (let mib = 0; mib < roomMib; mib += 1) await addMib('room');
  for (let full = false; !full; ) {
    full = await addMib('ballast').then(
      () => false,
      ({ errno }: { errno: number }) => errno === 1114,
    );
  }
  await root.query('DROP TABLE room');
}

/** A disk of a few hundred MB can be had by root who may mount; elsewhere the reason is printed. */
function diskEngines(): readonly (typeof engines)[number][] {
  const probe = path.join('/tmp', privateInstance());
  const { status, stderr, error } = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { encoding: 'utf8' });
  if (status === 0) return engines;
  console.log(`no small disk to fill: mount as this user says ${error?.message ?? stderr.trim()} (${probe})`);
  return [];
}

function mountTmpfs(folder: string): void {
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=400m,mode=700', 'tmpfs', folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cannot mount a small disk on ${folder}: ${stderr}`);
}
