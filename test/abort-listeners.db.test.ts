import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { withReservationScene } from './support/reservation-scene.js';
import { runProgram } from './support/run-program.js';
import { testServers } from './support/servers.js';

const CHILD = fileURLToPath(new URL('./support/one-signal-child.mjs', import.meta.url));

describe.each(testServers())('one signal for many calls on $name', (server) => {
  it('carries few listeners, of which Node does not warn, and none afterwards', async () => {
    await withReservationScene(server, { slots: 1, capacity: 1000 }, async ({ url }) => {
      const { code, stdout, stderr } = await runProgram(process.execPath, [CHILD], {
        env: { TABLEPICK_TEST_URL: url },
      });
      expect([code, stderr]).toEqual([0, '']);
      const listeners = JSON.parse(stdout) as Record<string, number>;
      expect(Object.entries(listeners).filter(([, count]) => count > 0)).toEqual([]);
      expect(Object.keys(listeners)).toHaveLength(6);
    });
  });
});
