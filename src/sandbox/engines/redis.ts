import { debianPackage } from '../programs/debian-package.js';
import type { Engine, OurServer, ServerAddress, ServerPlace, ServerProgram } from './engine.js';
import { readRedisVersion } from '../greetings/redis-greeting.js';

const CONTAINER_START_FILE = '/run/tablepick.conf';

/**
 * Redis 6.2 and later, and Valkey. It serves as cache and lock server, so it keeps nothing on disk: what it forgets is
 * in the database.
 */
export const redisEngine: Engine = {
  name: 'redis',
  programNames: ['redis-server', 'valkey-server'],
  // Homebrew's folders were never tried: no such machine was at hand.
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
  // An empty folder is all it needs.
  initialize: async () => {},
  placeOptions,
  settingOptions: () => [option('appendonly', 'no'), option('save', quote(''))],
  readVersion,
  url: (port, password) => `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`,
  lostPort: (logText) => /Failed listening on port|bind: Address already in use/i.test(logText),
  errorLine: /fatal|^>>>|bad directive|failed|can't/i,
};

/**
 * Older ones cannot be told to keep their command line, by which a process is known to be ours.
 *
 * @source Redis 6.2 release notes: `set-proc-title`.
 */
function versionIn(versionText: string): string | undefined {
  const [, version, major, minor] = /^(?:Redis|Valkey) server v=((\d+)\.(\d+)\S*)/.exec(versionText) ?? [];
  return Number(major) * 100 + Number(minor) >= 602 ? version : undefined;
}

/** On the socket, which lies in our folder, it is ours; whoever has the port is not told the password. */
function readVersion(address: ServerAddress, { password }: OurServer): Promise<string | undefined> {
  return readRedisVersion(address, 'path' in address ? password : undefined);
}

function placeOptions(_program: ServerProgram, place: ServerPlace): string[] {
  return [
    // The file comes first, options win over it.
    place.startFile,
    dataDirOption(place.dataDir),
    option('unixsocket', quote(place.socketPath)),
    option('unixsocketperm', '700'),
    option('port', String(place.port)),
    option('bind', '127.0.0.1'),
    // Else the server puts a title in place of its command line.
    option('set-proc-title', 'no'),
  ];
}

function dataDirOption(dataDir: string): string {
  return option('dir', quote(dataDir));
}

/**
 * Name and value in one argument, so that the data directory's is told from every other argument there is.
 *
 * @source Redis 7.0.3 release notes, #10866: such an argument is allowed; only 7.0.1 and 7.0.2 refused it.
 */
function option(name: string, value: string): string {
  return `--${name} ${value}`;
}

/** A value as the configuration file has it: a path may hold spaces. */
function quote(value: string): string {
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}
