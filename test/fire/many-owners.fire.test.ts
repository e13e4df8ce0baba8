import { setTimeout as sleep } from 'node:timers/promises';

import type { RowDataPacket } from 'mysql2/promise';
import { describe, expect, it } from 'vitest';

import { checkRun } from '../support/check-run.js';
import { startFireProcess } from '../support/fire-process.js';
import type { FireJob, FireProcess } from '../support/fire-process.js';
import { planOf, withFireScene } from '../support/fire-scene.js';
import type { FireScene } from '../support/fire-scene.js';
import { enginesUnderFire } from '../support/fire-share.js';
import { killLockHolder } from '../support/kill-lock-holder.js';
import { findWriters } from '../support/open-transactions.js';
import { runCli } from '../support/run-cli.js';
import { testServer, withConnection } from '../support/servers.js';

const leaseMs = 1500;
const wellPastLeaseMs = 2500;

const servers = enginesUnderFire('mysql').map(testServer);

describe.each(servers)('of several who want one run on $name', (server) => {
  it('one is the owner when five start at once; the others are refused and say what to look at', async () => {
    await withFireScene(server, async ({ url, range }) => {
      const plan = await planOf({ url, range });
      const words = [
        'generate-slots',
        '--url',
        url,
        '--from',
        range.from,
        '--days',
        String(range.days),
        '--strategy',
        'identity',
        '--json',
      ];
      const results = await Promise.all(Array.from({ length: 5 }, () => runCli(words)));
      expect(results.map(({ code }) => code).sort()).toEqual([0, 5, 5, 5, 5]);
      const [owner, ...others] = results.sort((one, other) => Number(one.code) - Number(other.code));
      expect(JSON.parse(owner!.stdout)).toMatchObject({
        planned: plan.rows,
        inserted: plan.rows,
        deadlocks: 0,
        verified: true,
      });
      for (const { stdout, stderr } of others) {
        expect(JSON.parse(stdout)).toMatchObject({ error: { code: expect.stringMatching(/^RUN_(ACTIVE|FINISHED)$/) } });
        expect(stderr).toMatch(/^hint: .*tablepick runs /m);
      }
      expect(others.map(({ stdout }) => stdout).join()).toContain('RUN_ACTIVE');
      await checkRun({ url, plan });
    });
  });

  it('the one that was stopped past its lease loses it, and when it goes on nothing of it lands', async () => {
    await withFireScene(server, async (scene) => {
      const first = startFireProcess(jobOf(scene, 'batch'));
      await first.told('chunk-done', 2);
      first.kill('SIGSTOP');
      await sleep(wellPastLeaseMs);
      const second = startFireProcess(jobOf(scene, 'batch'));
      await second.told('resumed');
      const doneByFirst = await countChunks(scene);
      await second.ended;
      first.kill('SIGCONT');
      await expectRefused(scene, first, { second, doneByFirst });
    });
  });

  it('the one whose run was given up for a new one ends refused when it goes on, and its run stays given up', async () => {
    await withFireScene(server, async (scene) => {
      const first = startFireProcess(jobOf(scene, 'batch'));
      await first.told('chunk-done', 2);
      first.kill('SIGSTOP');
      await sleep(wellPastLeaseMs);
      const second = startFireProcess(jobOf(scene, 'batch', true));
      expect(await second.ended).toMatchObject({ result: { verified: true } });
      first.kill('SIGCONT');
      expect(await first.ended).toMatchObject({ error: { code: 'RUN_TAKEN_OVER' } });
      expect(await readStates(scene)).toEqual(['abandoned', 'finished']);
      const third = startFireProcess(jobOf(scene, 'batch'));
      expect(await third.ended).toMatchObject({ error: { code: 'RUN_FINISHED' } });
    });
  });

  it('the one that was frozen in the middle of a transaction loses that, also when it wakes while the next is at work', async () => {
    await withFireScene(server, async (scene) => {
      const first = startFireProcess(jobOf(scene, 'identity'));
      await first.told('chunk-done', 2);
      await freezeInTransaction(scene, first);
      await sleep(wellPastLeaseMs);
      const second = startFireProcess(jobOf(scene, 'identity'));
      await second.told('resumed');
      const doneByFirst = await countChunks(scene);
      await second.told('chunk-done', 2);
      first.kill('SIGCONT');
      await expectRefused(scene, first, { second, doneByFirst });
    });
  });

  it('the one whose lock alone is lost is succeeded at once, and its open transaction may write but not commit', async () => {
    await withFireScene(server, async (scene) => {
      const first = startFireProcess(jobOf(scene, 'identity'));
      await first.told('chunk-done', 2);
      await freezeInTransaction(scene, first);
      await killLockHolder(scene.url);
      const second = startFireProcess(jobOf(scene, 'identity'));
      await second.told('resumed');
      const doneByFirst = await countChunks(scene);
      expect(await findWriters(scene.url)).not.toEqual([]);
      first.kill('SIGCONT');
      await expectRefused(scene, first, { second, doneByFirst });
    });
  });

  it('the one that was stopped for less than its lease keeps it', async () => {
    await withFireScene(server, async (scene) => {
      const plan = await planOf(scene);
      const first = startFireProcess({ ...jobOf(scene, 'identity'), leaseMs: 20_000 });
      await first.told('chunk-done', 2);
      await freezeInTransaction(scene, first);
      expect(await startFireProcess(jobOf(scene, 'identity')).ended).toMatchObject({ error: { code: 'RUN_ACTIVE' } });
      first.kill('SIGCONT');
      expect(await first.ended).toMatchObject({ result: { inserted: plan.rows, verified: true } });
      await checkRun({ url: scene.url, plan });
    });
  });
});

function jobOf({ url, range }: FireScene, strategy: 'batch' | 'identity', restart = false): FireJob {
  return { url, range, strategy, restart, action: 'generate', chunkRows: 480, workers: 2, leaseMs };
}

/** Stops the process again and again until the server holds an unfinished transaction of it that has written. */
async function freezeInTransaction({ url }: FireScene, frozen: FireProcess): Promise<void> {
  for (;;) {
    frozen.kill('SIGSTOP');
    if ((await findWriters(url)).length > 0) return;
    frozen.kill('SIGCONT');
    await sleep(5);
  }
}

interface Count extends RowDataPacket {
  count: number;
}

async function countChunks({ url }: FireScene): Promise<number> {
  return withConnection(url, async (connection) => {
    const [[row]] = await connection.query<Count[]>('SELECT COUNT(*) AS count FROM slot_run_chunk WHERE epoch = 1');
    return row!.count;
  });
}

interface State extends RowDataPacket {
  state: string;
}

async function readStates({ url }: FireScene): Promise<string[]> {
  return withConnection(url, async (connection) => {
    const [rows] = await connection.query<State[]>('SELECT state FROM slot_run ORDER BY id');
    return rows.map(({ state }) => state);
  });
}

/** Expects that the first owner ends fenced off and that none of its chunks came after the takeover. */
async function expectRefused(
  scene: FireScene,
  first: FireProcess,
  { second, doneByFirst }: { second: FireProcess; doneByFirst: number },
): Promise<void> {
  expect(await first.ended).toMatchObject({ error: { code: 'RUN_TAKEN_OVER' } });
  expect(await second.ended).toMatchObject({ result: { verified: true } });
  expect(await countChunks(scene)).toBe(doneByFirst);
  await checkRun({ url: scene.url, plan: await planOf(scene) });
}
