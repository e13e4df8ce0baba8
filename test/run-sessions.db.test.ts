import type { Connection, RowDataPacket } from 'mysql2/promise';
import { type GenerateEvent, resumeRun } from 'tablepick/slots';
import { describe, expect, it } from 'vitest';

import { testServers, withConnection } from './support/servers.js';
import { generate, restaurants } from './support/slot-runs.js';
import { type SlotScene, withSlotScene } from './support/slot-scene.js';

interface Stored extends RowDataPacket {
  sessions: string;
  identity: string;
}

interface ServerSession {
  server: string;
  startedAt: number;
  id: number;
}

const READ = 'SELECT owner_sessions AS sessions, identity FROM slot_run';

describe.each(testServers())('the connections of a silent owner on $name', (server) => {
  /**
   * A run whose owner has fallen silent while a connection held its lock; `told` makes of a session as it stores them
   * what it stored.
   */
  async function withSilentOwner(
    told: (own: ServerSession) => unknown,
    work: (scene: SlotScene, of: { runId: number; holder: Connection; bystander: Connection }) => Promise<void>,
  ): Promise<void> {
    await withSlotScene(server, restaurants, async (scene) => {
      const stop = new AbortController();
      let stored: Promise<Stored | undefined> | undefined;
      const onEvent = ({ kind }: GenerateEvent): void => {
        if (kind !== 'chunk-done') return;
        // It is told while the run goes on, and asked for before the run ends.
        stored ??= scene.database.query<Stored>(READ).then(([row]) => (stop.abort(), row));
      };
      const { runId } = await generate(scene, { strategy: 'identity', workers: 1, signal: stop.signal, onEvent });
      const { sessions, identity } = (await stored)!;
      await withConnection(scene.url, (holder) =>
        withConnection(scene.url, async (bystander) => {
          const own = (JSON.parse(sessions) as ServerSession[])[0]!;
          await holder.query('SELECT GET_LOCK(?, 0)', [`tablepick:run:${identity.slice(0, 40)}`]);
          const silent = [holder, bystander].map(({ threadId }) => told({ ...own, id: threadId }));
          await scene.database.transaction((tx) =>
            tx.execute('UPDATE slot_run SET owner_sessions = ?', [JSON.stringify(silent)]),
          );
          await work(scene, { runId, holder, bystander });
        }),
      ).catch(ignoreKilled);
    });
  }

  it('are ended, whoever goes on with its run', async () => {
    await withSilentOwner(
      (own) => own,
      async (scene, { runId, holder, bystander }) => {
        expect(await resumeRun({ database: scene.database, runId })).toMatchObject({ state: 'finished' });
        await expect(holder.query('SELECT 1')).rejects.toThrow();
        await expect(bystander.query('SELECT 1')).rejects.toThrow();
      },
    );
  });

  it.each<[string, (own: ServerSession) => unknown]>([
    ['are those of another server', (own) => ({ ...own, server: `${own.server}-2` })],
    ['were given out before the server was started again', (own) => ({ ...own, startedAt: own.startedAt - 60 })],
    ['do not say which server they are of', ({ id }) => id],
  ])('are left alone when their ids %s', async (_, told) => {
    await withSilentOwner(told, async (scene, { runId, holder, bystander }) => {
      await expect(resumeRun({ database: scene.database, runId })).rejects.toMatchObject({ code: 'RUN_ACTIVE' });
      for (const each of [holder, bystander]) expect((await each.query('SELECT 1 AS one'))[0]).toEqual([{ one: 1 }]);
    });
  });
});

/** Hanging up on a connection that was ended fails. */
function ignoreKilled(error: unknown): void {
  if (!(error instanceof Error) || !/closed state|ECONNRESET|lost/i.test(error.message)) throw error;
}
