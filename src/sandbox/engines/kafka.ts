import { randomBytes } from 'node:crypto';
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import type { Engine, InitializeOptions, OurServer, ServerAddress, ServerPlace, ServerProgram } from './engine.js';
import { readKafkaGreeting } from '../greetings/kafka-greeting.js';
import { mavenArtifacts, programOf } from '../programs/maven-artifacts.js';
import { mayBeTold } from '../greetings/port-owner.js';
import { runCommand } from '../programs/run-command.js';

const MAIN_JAR = 'kafka_2.13-';

// Homebrew's folders are untested, because no such machine was available.
const USUAL_FOLDERS = ['/opt/kafka/bin', '/opt/homebrew/opt/kafka/libexec/bin', '/usr/local/opt/kafka/libexec/bin'];

const CONTAINER_FOLDER = '/var/lib/kafka/data';
const CONTAINER_PORTS = { port: 9092, innerPort: 9093 };
const CONTAINER_START_FILE = '/run/tablepick.properties';

/** The user of clients and of the node itself. This user may do everything. */
const USER = 'tablepick';

/** Kafka 4 and later: one node that is broker and controller. Topics and messages stay after a stop. */
export const kafkaEngine: Engine = {
  name: 'kafka',
  programNames: ['kafka-server-start.sh', 'kafka-server-start'],
  get installedFolders() {
    const home = process.env['KAFKA_HOME'];
    return [...(home === undefined || home === '' ? [] : [join(home, 'bin')]), ...USUAL_FOLDERS];
  },
  installedCommand,
  versionArguments: ['kafka.Kafka', '--version'],
  versionIn,
  package: mavenArtifacts({
    name: 'kafka 4.3.0',
    artifacts: ['org.apache.kafka:kafka_2.13:4.3.0', 'org.slf4j:slf4j-simple:1.7.36'],
    mainJar: MAIN_JAR,
    javaRelease: 17,
  }),
  docker: {
    image: 'apache/kafka:4.3.0',
    environment: ['LOG_DIR=/tmp/kafka-logs', 'KAFKA_HEAP_OPTS=-Xms128m -Xmx512m'],
    files: ({ startFile }) => [[startFile, CONTAINER_START_FILE]],
    dataFolder: CONTAINER_FOLDER,
    port: CONTAINER_PORTS.port,
    command: dockerCommand,
  },
  startFileText,
  elsewhere: 'name the brokers of a Kafka (--brokers or TABLEPICK_KAFKA_BROKERS)',
  withoutSocket: true,
  dataDirOption,
  portPattern: /=advertised\.listeners=[A-Z]+:\/\/127\.0\.0\.1:(\d+)/,
  initialize,
  placeOptions,
  settingOptions: () => SETTINGS.map(([name, value]) => override(name, value)),
  readVersion,
  url: (port, password) =>
    password === undefined ? `127.0.0.1:${port}` : `kafka://${USER}:${password}@127.0.0.1:${port}`,
  lostPort: (logText) => /failed to bind to|Address already in use/i.test(logText),
  errorLine: /\bERROR\b|\bFATAL\b|Exception|^Error/,
};

/**
 * Both ports, for clients and for the controller, need the password. The settings make one node a whole cluster, and
 * they fit tests: the first consumer gets its partitions at once, and a misspelt name does not create a topic. A killed
 * broker may come back only when its last session is over, after 9 s by default: here it is 4 s. Internal topics have
 * few partitions, because every start opens all of them again. The default is fifty each.
 *
 * @source Kafka 4.3 documentation, "Broker Configs": the replication factors' default is 3, of `min.isr` 2.
 */
const SETTINGS: readonly (readonly [name: string, value: string])[] = [
  ['listener.security.protocol.map', 'CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT'],
  ['inter.broker.listener.name', 'CLIENT'],
  ['sasl.enabled.mechanisms', 'PLAIN'],
  ['sasl.mechanism.inter.broker.protocol', 'PLAIN'],
  ['sasl.mechanism.controller.protocol', 'PLAIN'],
  ['config.providers', 'file'],
  ['config.providers.file.class', 'org.apache.kafka.common.config.provider.FileConfigProvider'],
  ['num.partitions', '6'],
  ['auto.create.topics.enable', 'false'],
  ['group.initial.rebalance.delay.ms', '0'],
  ['broker.heartbeat.interval.ms', '1000'],
  ['broker.session.timeout.ms', '4000'],
  ['offsets.topic.replication.factor', '1'],
  ['offsets.topic.num.partitions', '6'],
  ['transaction.state.log.replication.factor', '1'],
  ['transaction.state.log.min.isr', '1'],
  ['transaction.state.log.num.partitions', '6'],
  ['share.coordinator.state.topic.replication.factor', '1'],
  ['share.coordinator.state.topic.min.isr', '1'],
  ['share.coordinator.state.topic.num.partitions', '6'],
];

/** The login for both ports: the accepted user, and the user of the node itself. */
function startFileText(password: string): string {
  return `${LOGIN}=${LOGIN_MODULE} required username="${USER}" password="${password}" user_${USER}="${password}";\n`;
}

const LOGIN = 'login';
const LOGIN_MODULE = 'org.apache.kafka.common.security.plain.PlainLoginModule';

/**
 * Written with the data folder. It gives nobody access. Settings that change between starts are on the command line and
 * win over this file.
 */
const FIRST_PROPERTIES = `process.roles=broker,controller
node.id=1
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093
controller.quorum.voters=1@127.0.0.1:9093
log.dirs=.
`;

/**
 * Kafka's own scripts would write logs into the distribution and set their own heap. So its jars run like fetched jars.
 */
function installedCommand(path: string): string[] | undefined {
  const above = dirname(dirname(realpathSync(path)));
  const programs = ['libs', 'libexec/libs'].map((folder) => programOf(join(above, folder), MAIN_JAR));
  return programs.find((program) => program !== undefined)?.command;
}

/** Kafka 4 and later. Before 4, a cluster of one node needs other settings. */
function versionIn(versionText: string): string | undefined {
  const [, version, major] = /^((\d+)\.\d+\.\d+\S*)/m.exec(versionText) ?? [];
  return Number(major) >= 4 ? version : undefined;
}

/** The file is in the data folder, and no other process has it as an argument. */
function dataDirOption(dataDir: string): string {
  return join(dataDir, 'server.properties');
}

async function initialize(program: ServerProgram, { dataDir, signal }: InitializeOptions): Promise<void> {
  const properties = dataDirOption(dataDir);
  writeFileSync(properties, FIRST_PROPERTIES);
  const format = ['kafka.tools.StorageTool', 'format', '--cluster-id', newClusterId(), '--config', properties];
  const doing = `initialising Kafka in ${dataDir}`;
  await runCommand([...program.command, ...format], { doing, cwd: dataDir, signal });
}

/**
 * Sixteen bytes. The first bit is 0, so that the text never begins with `-`: the tool would read that as an option.
 */
function newClusterId(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes.toString('base64url');
}

function placeOptions(_program: ServerProgram, place: ServerPlace): string[] {
  return [
    'kafka.Kafka',
    dataDirOption(place.dataDir),
    // Relative to the instance's folder, in which Kafka is started. In a full path, a comma would separate two folders.
    override('log.dirs', basename(place.dataDir)),
    // Relative too, because a colon in a full path would end it.
    ...loginOptions(basename(place.startFile)),
    ...listenerOptions({ host: '127.0.0.1', advertisedPort: place.port, ...place }),
  ];
}

/**
 * Options to read the login from a file, so that it is not on a command line. A listener's option wins over the file of
 * `KAFKA_OPTS`.
 *
 * @source Kafka 4.3 documentation, "JAAS configuration for Kafka brokers"; "Using Configuration Providers".
 */
function loginOptions(file: string): string[] {
  return ['client', 'controller'].map((listener) =>
    override(`listener.name.${listener}.plain.sasl.jaas.config`, `\${file:${file}:${LOGIN}}`),
  );
}

/**
 * The options name the controller, so that the next start may use another port. With `--standalone`, the voter would be
 * stored in the log.
 *
 * @source Kafka 4.3 documentation, "KRaft", "Static versus Dynamic KRaft Quorums".
 */
function listenerOptions(at: { host: string; port: number; innerPort: number; advertisedPort: number }): string[] {
  return [
    override('listeners', `CLIENT://${at.host}:${at.port},CONTROLLER://127.0.0.1:${at.innerPort}`),
    override('advertised.listeners', `CLIENT://127.0.0.1:${at.advertisedPort}`),
    override('controller.quorum.voters', `1@127.0.0.1:${at.innerPort}`),
  ];
}

function override(name: string, value: string): string {
  return `--override=${name}=${value}`;
}

/** The image's own entry point takes no options. */
const CONTAINER_SCRIPT = `cd "$1" && if [ ! -e meta.properties ]; then
  printf %s "$2" > server.properties
  /opt/kafka/bin/kafka-storage.sh format --cluster-id "$3" --config server.properties || exit
fi
shift 3
exec /opt/kafka/bin/kafka-server-start.sh server.properties "$@"`;

// Untested, like all of Docker.
function dockerCommand({ port }: ServerPlace): string[] {
  return [
    '/bin/bash',
    '-c',
    CONTAINER_SCRIPT,
    'bash',
    CONTAINER_FOLDER,
    FIRST_PROPERTIES,
    newClusterId(),
    ...loginOptions(CONTAINER_START_FILE),
    ...listenerOptions({ host: '0.0.0.0', advertisedPort: port, ...CONTAINER_PORTS }),
  ];
}

/**
 * A broker is ready when it is registered and lists itself. A port does not prove that the broker is ours, but the
 * cluster's id does. The password is not sent to a process of another user.
 */
async function readVersion(address: ServerAddress, { dataDir, password }: OurServer): Promise<string | undefined> {
  if (password !== undefined && 'port' in address && !mayBeTold(address.port)) return undefined;
  const user = password === undefined ? undefined : { name: USER, password };
  const greeting = await readKafkaGreeting(address, user);
  const isOurs = greeting?.clusterId !== undefined && greeting.clusterId === clusterIdIn(dataDir);
  return isOurs && greeting.brokers.length > 0 ? '' : undefined;
}

function clusterIdIn(dataDir: string): string | undefined {
  try {
    return /^cluster\.id=(\S+)$/m.exec(readFileSync(join(dataDir, 'meta.properties'), 'utf8'))?.[1];
  } catch {
    // The folder is not formatted yet. A container does that itself.
    return undefined;
  }
}
