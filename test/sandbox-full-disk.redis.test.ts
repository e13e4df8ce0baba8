import { rmSync } from 'node:fs';
import path from 'node:path';

import { prepareMailFolder } from 'tablepick/notifications';
import { acquireSandbox, sandboxUp } from 'tablepick/sandbox';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { expectOneClearLine, runCli } from './support/run-cli.js';
import { type SmallDisk, mountSmallDisk, whyNoSmallDisk } from './support/small-disk.js';
import { answers, use } from './support/sandbox-processes.js';

describe.skipIf(whyNoSmallDisk())('a sandbox on a full disk', () => {
  let disk: SmallDisk;

  beforeEach(async () => {
    disk = await mountSmallDisk(64);
  });

  afterEach(() => disk.unmount());

  function full(): object {
    const message = `the disk under ${disk.folder} is full, \\d+ MiB are free: `;
    return { code: 'DISK_FULL', message: expect.stringMatching(message) as string };
  }

  it('says so when a data folder is made, and works once there is free space', async () => {
    disk.fill(4);
    await expect(acquireSandbox({ engine: 'mariadb', home: disk.folder })).rejects.toMatchObject(full());
    disk.freeSpace();
    await use({ engine: 'redis', home: disk.folder }, async (url) => expect(await answers(url)).toBe(true));
  });

  it('says so while a server is fetched', async () => {
    rmSync(path.join(disk.folder, 'servers'));
    disk.fill(1);
    const settings = { engine: 'redis', home: disk.folder, source: 'package' } as const;
    await expect(sandboxUp(settings)).rejects.toMatchObject(full());
  });
});

describe.skipIf(whyNoSmallDisk())('a file of a service on a full disk', () => {
  it('is named, whether it was opened before or not', async () => {
    const disk = await mountSmallDisk(1);
    try {
      expect(() => disk.fill(0)).toThrow('ENOSPC');
      const state = path.join(disk.folder, 'state');
      const gateway = await runCli(['serve', 'gateway', '--gateway-port', '0', '--state-file', state]);
      expectOneClearLine(gateway, 1, new RegExp(`the state file ${state} cannot be written: the disk is full`));
      await expect(prepareMailFolder(disk.folder)).rejects.toMatchObject({
        code: 'DISK_FULL',
        message: `the mail folder ${disk.folder} cannot be written: the disk is full`,
      });
    } finally {
      rmSync(path.join(disk.folder, 'servers'));
      disk.unmount();
    }
  });
});
