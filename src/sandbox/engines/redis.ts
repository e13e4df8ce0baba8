import { debianPackage } from '../programs/debian-package.js';
import type { Engine, OurServer, ServerAddress, ServerPlace, ServerProgram } from './engine.js';
import { readRedisVersion } from '../greetings/redis-greeting.js';

const CONTAINER_START_FILE = '/run/tablepick.conf';

/**
 * Redis 6.2 and later, and Valkey. It is a cache and lock server, so it stores nothing on disk. The database has all
 * lasting data.
 */
export const redisEngine: Engine = {
  name: 'redis',
  programNames: ['redis-server', 'valkey-server'],
  // Homebrew's folders are untested, because no such machine was available.
  installedFolders: ['/opt/homebrew/opt/redis/bin', '/usr/local/opt/redis/bin'],
  versionArguments: ['--version'],
  versionIn,
  package: debianPackage({
    packageName: 'redis-server',
    packagePattern: /^redis-server$/,
    programPath: 'usr/bin/redis-server',
    inUnstable: false,
  }),
  docker: {
    image: 'redis:7',
    environment: [],
    files: ({ startFile }) => [[startFile, CONTAINER_START_FILE]],
    dataFolder: '/data',
    port: 6379,
    command: () => ['redis-server', CONTAINER_START_FILE],
  },
  startFileText: (password) => `requirepass ${password}\n`,
  elsewhere: 'name a Redis (--redis-url or TABLEPICK_REDIS_URL)',
  dataDirOption,
  portPattern: / --port (\d+)/,
  // It needs only an empty folder.
  initialize: async () => {},
  placeOptions,
  settingOptions: () => [option('appendonly', 'no'), option('save', quote(''))],
  readVersion,
  url: (port, password) => `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`,
  lostPort: (logText) => /Failed listening on port|bind: Address already in use/i.test(logText),
  errorLine: /fatal|^>>>|bad directive|failed|can't/i,
};

/**
 * Older versions always change their command line. But the command line identifies our process.
 *
 * @source Redis 6.2 release notes: `set-proc-title`.
 */
function versionIn(versionText: string): string | undefined {
  const [, version, major, minor] = /^(?:Redis|Valkey) server v=((\d+)\.(\d+)\S*)/.exec(versionText) ?? [];
  return Number(major) * 100 + Number(minor) >= 602 ? version : undefined;
}

/** The socket is in our folder, so the server there is ours. Over the port, the password is not sent. */
function readVersion(address: ServerAddress, { password }: OurServer): Promise<string | undefined> {
  return readRedisVersion(address, 'path' in address ? password : undefined);
}

function placeOptions(_program: ServerProgram, place: ServerPlace): string[] {
  return [
    // The file comes first, because options must win over it.
    place.startFile,
    dataDirOption(place.dataDir),
    option('unixsocket', quote(place.socketPath)),
    option('unixsocketperm', '700'),
    option('port', String(place.port)),
    option('bind', '127.0.0.1'),
    // Otherwise the server replaces its command line by a title.
    option('set-proc-title', 'no'),
  ];
}

function dataDirOption(dataDir: string): string {
  return option('dir', quote(dataDir));
}

/**
 * Name and value are one argument, so that the argument of the data directory is unique.
 *
 * @source Redis 7.0.3 release notes, #10866: such an argument is allowed; only 7.0.1 and 7.0.2 refused it.
 */
function option(name: string, value: string): string {
  return `--${name} ${value}`;
}

/** A value with quotes, as in the configuration file, because a path may contain spaces. */
function quote(value: string): string {
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}
