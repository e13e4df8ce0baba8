import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { connectRedis } from 'tablepick/redis';
import { describe, expect, it } from 'vitest';

import { freePort } from './support/free-port.js';
import { withPrivateRedis } from './support/private-redis.js';
import { answered, withRedis } from './support/redis-handle.js';
import { runOrThrow } from './support/run-program.js';
import { testRedis } from './support/servers.js';

function blockThisProcess(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

const UNAVAILABLE = { name: 'TablepickError', code: 'REDIS_UNAVAILABLE', retriable: true };

describe('a handle to Redis', () => {
  it('gives texts, numbers, lists and nothing as they are, and takes any bytes', async () => {
    await withRedis({ url: testRedis() }, async (redis) => {
      const key = `handle-${process.pid}`;
      expect(await redis.command(['SET', key, Buffer.from('2a', 'hex'), 'PX', 60_000])).toBe('OK');
      expect(await redis.command(['GET', key])).toBe('*');
      expect(await redis.command(['EXISTS', key, key])).toBe(2);
      expect(await redis.command(['MGET', key, `${key}-none`])).toEqual(['*', null]);
      expect(await redis.command(['DEL', key])).toBe(1);
      expect(await redis.command(['GET', key])).toBeNull();
    });
  });

  it('tells what the server refuses, and goes on', async () => {
    await withRedis({ url: testRedis() }, async (redis) => {
      await expect(redis.command(['NO-SUCH-COMMAND'])).rejects.toMatchObject({
        code: 'REDIS_FAILED',
        retriable: false,
        message: expect.stringMatching(/^NO-SUCH-COMMAND on redis:\/\/127\.0\.0\.1:\d+: ERR unknown command/),
      });
      expect(await redis.command(['PING'])).toBe('PONG');
    });
  });

  it('does many commands at once and gives each its own answer', async () => {
    await withRedis({ url: testRedis(), commandTimeoutMs: 10_000 }, async (redis) => {
      const words = Array.from({ length: 2000 }, (_, number) => `word ${number}`);
      expect(await Promise.all(words.map((word) => redis.command(['ECHO', word])))).toEqual(words);
    });
  });

  it("does not take its own delay for the server's", async () => {
    await withRedis({ url: testRedis(), commandTimeoutMs: 200 }, async (redis) => {
      const askThenBlock = () => {
        const answer = redis.command(['PING']);
        blockThisProcess(300);
        return answer;
      };
      for (const turn of [(next: () => void) => setTimeout(next), setImmediate, process.nextTick]) {
        await new Promise<void>((resolve) => turn(resolve));
        expect(await askThenBlock()).toBe('PONG');
        expect(await new Promise((resolve) => turn(() => resolve(askThenBlock())))).toBe('PONG');
      }
      const answer = redis.command(['PING']);
      await new Promise(setImmediate);
      blockThisProcess(300);
      expect(await answer).toBe('PONG');
    });
  });

  it.each([[[]], [['SET', 'key', undefined]], [['SET', 'key', {}]]])('refuses %j before it is sent', async (words) => {
    await withRedis({ url: testRedis() }, async (redis) => {
      await expect(redis.command(words as string[])).rejects.toMatchObject({ code: 'BAD_OPTION' });
      expect(await redis.command(['PING'])).toBe('PONG');
    });
  });

  it('answers what is due before it closes, and nothing afterwards', async () => {
    const redis = await connectRedis({ url: testRedis() });
    const due = redis.command(['ECHO', 'due']);
    await redis.close();
    expect(await due).toBe('due');
    await expect(redis.command(['PING'])).rejects.toMatchObject({ code: 'REDIS_FAILED' });
    await redis.close();
  });
});

describe('a script', () => {
  it('is run by its digest, also after the server forgot it', async () => {
    await withPrivateRedis(async ({ url }) => {
      await withRedis({ url }, async (redis) => {
        const script = redis.script('return {KEYS[1], ARGV[1], ARGV[2]}');
        const calls = async () =>
          String(await redis.command(['INFO', 'commandstats'])).match(/cmdstat_eval:calls=(\d+)/)?.[1];
        for (const evals of ['1', '1', '1']) {
          expect(await script.run(['key'], ['a', 2])).toEqual(['key', 'a', '2']);
          expect(await calls()).toBe(evals);
        }
        await redis.command(['SCRIPT', 'FLUSH']);
        expect(await script.run(['key'], ['a', 2])).toEqual(['key', 'a', '2']);
        expect(await calls()).toBe('2');
      });
    });
  });

  it('that fails says so', async () => {
    await withRedis({ url: testRedis() }, async (redis) => {
      const script = redis.script("return redis.call('INCRBY', KEYS[1], 'no number')");
      await expect(script.run(['key'], [])).rejects.toMatchObject({
        code: 'REDIS_FAILED',
        message: expect.stringMatching(/not an integer/) as string,
      });
    });
  });
});

describe('a server that goes away', () => {
  it('is found again after a restart, scripts included; meanwhile commands fail at once', async () => {
    await withPrivateRedis(async (server) => {
      await withRedis({ url: server.url, commandTimeoutMs: 60_000 }, async (redis) => {
        const script = redis.script('return ARGV[1]');
        expect(await script.run([], ['before'])).toBe('before');
        const due = expect(redis.command(['BLPOP', 'empty', 0])).rejects.toMatchObject(UNAVAILABLE);
        await server.kill();
        await due;
        await expect(redis.command(['PING'])).rejects.toMatchObject(UNAVAILABLE);
        await server.start();
        await answered(redis);
        expect(await script.run([], ['after'])).toBe('after');
      });
    });
  });

  it('is found again after it was shut down in an orderly way', async () => {
    await withPrivateRedis(async (server) => {
      await withRedis({ url: server.url }, async (redis) => {
        await redis.command(['SHUTDOWN', 'NOSAVE']).catch(() => {});
        await expect(redis.command(['PING'])).rejects.toMatchObject(UNAVAILABLE);
        await server.start();
        await answered(redis);
      });
    });
  });

  it('does not hold up a handle that is closed meanwhile', async () => {
    await withPrivateRedis(async (server) => {
      const redis = await connectRedis({ url: server.url });
      await server.kill();
      await expect(redis.command(['PING'])).rejects.toMatchObject(UNAVAILABLE);
      await redis.close();
    });
  });
});

describe('a server that is paused', () => {
  it('misses one deadline; then commands fail unsent until it answers, and its late answers are dropped', async () => {
    await withPrivateRedis(async (server) => {
      await withRedis({ url: server.url }, async (redis) => {
        server.pause();
        await expect(redis.command(['SET', 'late', 'carried out'])).rejects.toMatchObject({
          ...UNAVAILABLE,
          message: expect.stringMatching(/^SET on .*: no answer within 250 ms/) as string,
        });
        await expect(redis.command(['SET', 'unsent', 'x'])).rejects.toMatchObject({
          ...UNAVAILABLE,
          message: expect.stringMatching(/not sent/) as string,
        });
        server.resume();
        await answered(redis);
        expect(await redis.command(['MGET', 'late', 'unsent'])).toEqual(['carried out', null]);
      });
    });
  });

  it('is left for a new connection when it stays silent', async () => {
    await withPrivateRedis(async (server) => {
      await withRedis({ url: server.url }, async (redis) => {
        const id = await redis.command(['CLIENT', 'ID']);
        server.pause();
        const told = async () => String(await redis.command(['PING']).catch((error: unknown) => error));
        for (let waited = 0; !/no connection: /.test(await told()) && waited < 30_000; waited += 20) await sleep(20);
        server.resume();
        await answered(redis);
        expect(await redis.command(['CLIENT', 'ID'])).toBeGreaterThan(Number(id));
      });
    });
  });

  it('does not hold up a handle that is closed, nor one that connects', async () => {
    await withPrivateRedis(async (server) => {
      const redis = await connectRedis({ url: server.url });
      server.pause();
      const due = expect(redis.command(['PING'])).rejects.toMatchObject(UNAVAILABLE);
      await redis.close();
      await due;
      await expect(connectRedis({ url: server.url, connectTimeoutMs: 300 })).rejects.toMatchObject({
        code: 'SERVER_UNREACHABLE',
        message: expect.stringMatching(/no answer within 300 ms/) as string,
      });
    });
  });
});

describe('connecting', () => {
  it('to an address where nobody listens fails with the way to a server', async () => {
    const port = await freePort();
    await expect(connectRedis({ url: `redis://:secret@127.0.0.1:${port}` })).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
      retriable: false,
      message: `connecting to redis://127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}`,
      hint: expect.stringMatching(/tablepick sandbox up redis/) as string,
    });
  });

  it('with the password in the URL works; without it, or with a wrong one, access is denied', async () => {
    const settings = { serverOptions: ['--requirepass pa:ss@word'] };
    await withPrivateRedis(async ({ url }) => {
      const { host } = new URL(url);
      const as = (password: string) => `redis://:${encodeURIComponent(password)}@${host}`;
      await withRedis({ url: as('pa:ss@word') }, async (redis) => {
        expect(await redis.command(['PING'])).toBe('PONG');
        expect(redis.address).toBe(`redis://${host}`);
      });
      for (const wrong of [`redis://${host}`, as('guessed')]) {
        const error: unknown = await connectRedis({ url: wrong }).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ code: 'ACCESS_DENIED', retriable: false });
        expect(String((error as Error).stack)).not.toMatch(/guessed/);
      }
    }, settings);
  });

  it('over TLS verifies the certificate; in the clear the same port is unreachable', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tablepick-tls-'));
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const request = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      key,
      '-out',
      certificate,
    ];
    execFileSync('openssl', [...request, ...subject], { stdio: 'ignore' });
    const port = await freePort();
    const tls = [
      `--tls-port ${port}`,
      `--tls-cert-file ${certificate}`,
      `--tls-key-file ${key}`,
      '--tls-auth-clients no',
    ];
    await withPrivateRedis(
      async (server) => {
        const url = `rediss://:${new URL(server.url).password}@localhost:${port}`;
        await expect(connectRedis({ url })).rejects.toMatchObject({
          code: 'SERVER_UNREACHABLE',
          message: expect.stringMatching(/self.signed/) as string,
        });
        await expect(connectRedis({ url: url.replace('rediss', 'redis') })).rejects.toMatchObject({
          code: 'SERVER_UNREACHABLE',
        });
        const program = `const { connectRedis } = await import('tablepick/redis');
        const redis = await connectRedis({ url: '${url}' });
        console.log(await redis.command(['PING']));
        await redis.close();`;
        const env = { NODE_EXTRA_CA_CERTS: certificate };
        expect(await runOrThrow(process.execPath, ['--input-type=module', '-e', program], { env })).toBe('PONG\n');
      },
      { serverOptions: tls },
    );
    rmSync(folder, { recursive: true });
  });

  it.each([0, -1, 1.5, NaN, 2 ** 31])('with a deadline of %d ms is refused', async (commandTimeoutMs) => {
    await expect(connectRedis({ url: testRedis(), commandTimeoutMs })).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });
});
