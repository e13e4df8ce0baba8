import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { acquireSandbox } from 'tablepick/sandbox';

import { askForServer } from './ask-for-server.js';
import { freePort } from './free-port.js';

/** A Kafka of one node that needs a login. The user is {@link kafkaUser} in every mechanism. */
export interface SecureKafka {
  /** SASL without TLS: PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512. */
  sasl: string;
  /** The same over TLS. */
  saslTls: string;
  /** TLS with a certificate of the client. */
  mutualTls: string;
  /**
   * PEM files: of the authority, of a client's certificate with its key, and of an authority that signed nothing here.
   */
  files: { ca: string; cert: string; key: string; otherCa: string };
  /** File of the password. */
  passwordFile: string;
  stop(): Promise<void>;
}

/** The only user who may log in. */
export const kafkaUser = { name: 'alice', password: 'open sesame' };

const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'];

interface Ports {
  inner: number;
  controller: number;
  sasl: number;
  saslTls: number;
  mutualTls: number;
}

/**
 * Starts a Kafka with the jars of the sandbox's Kafka and with new certificates. When it stops, nothing of it is left.
 */
export async function startSecureKafka(): Promise<SecureKafka> {
  askForServer('kafka');
  const folder = mkdtempSync(join(tmpdir(), 'tablepick-kafka-'));
  const libs = await findLibs();
  const ports: Ports = {
    inner: await freePort(),
    controller: await freePort(),
    sasl: await freePort(),
    saslTls: await freePort(),
    mutualTls: await freePort(),
  };
  const files = makeCertificates(folder);
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, `${kafkaUser.password}\n`);
  const properties = join(folder, 'server.properties');
  writeFileSync(properties, propertiesOf(folder, ports));
  const java = ['-Xmx384m', '-XX:+UseSerialGC', '-cp', join(libs, '*')];
  execFileSync('java', [...java, ...formatCommand(properties)], { stdio: 'pipe' });
  const server = spawn('java', [...java, 'kafka.Kafka', properties], { stdio: ['ignore', 'pipe', 'pipe'] });
  await untilStarted(server);
  const at = (port: number) => `127.0.0.1:${port}`;
  return {
    sasl: at(ports.sasl),
    saslTls: at(ports.saslTls),
    mutualTls: at(ports.mutualTls),
    files,
    passwordFile,
    stop: async () => {
      if (server.kill()) await once(server, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function findLibs(): Promise<string> {
  const sandbox = await acquireSandbox({ engine: 'kafka', instance: 'test' });
  await sandbox.release();
  const program = realpathSync(sandbox.path);
  return program.endsWith('.jar') ? dirname(program) : join(dirname(dirname(program)), 'libs');
}

function makeCertificates(folder: string): SecureKafka['files'] {
  const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' });
  const authority = (name: string) =>
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
    );
  authority('authority');
  authority('stranger');
  writeFileSync(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  for (const name of ['server', 'client']) {
    openssl(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      'request',
    );
    openssl(
      'x509',
      '-req',
      '-in',
      'request',
      '-CA',
      'authority.pem',
      '-CAkey',
      'authority.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      'names',
      '-out',
      `${name}.pem`,
    );
  }
  execFileSync('sh', ['-c', 'cat server.key server.pem > server-both.pem'], { cwd: folder });
  const file = (name: string) => join(folder, name);
  return {
    ca: file('authority.pem'),
    cert: file('client.pem'),
    key: file('client.key'),
    otherCa: file('stranger.pem'),
  };
}

function propertiesOf(folder: string, ports: Ports): string {
  const listeners = [
    ['INNER', ports.inner, 'PLAINTEXT'],
    ['CONTROLLER', ports.controller, 'PLAINTEXT'],
    ['SASL', ports.sasl, 'SASL_PLAINTEXT'],
    ['SASLTLS', ports.saslTls, 'SASL_SSL'],
    ['MUTUAL', ports.mutualTls, 'SSL'],
  ] as const;
  const { name, password } = kafkaUser;
  const logins = (listener: string) => [
    `listener.name.${listener}.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_${name}="${password}";`,
    ...MECHANISMS.slice(1).map(
      (each) =>
        `listener.name.${listener}.${each.toLowerCase()}.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;`,
    ),
  ];
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${ports.controller}`,
    `listeners=${listeners.map(([listener, port]) => `${listener}://127.0.0.1:${port}`).join(',')}`,
    `listener.security.protocol.map=${listeners.map(([listener, , protocol]) => `${listener}:${protocol}`).join(',')}`,
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=INNER',
    `log.dirs=${join(folder, 'data')}`,
    `sasl.enabled.mechanisms=${MECHANISMS.join(',')}`,
    ...logins('sasl'),
    ...logins('sasltls'),
    'ssl.keystore.type=PEM',
    `ssl.keystore.location=${join(folder, 'server-both.pem')}`,
    'ssl.truststore.type=PEM',
    `ssl.truststore.location=${join(folder, 'authority.pem')}`,
    'listener.name.mutual.ssl.client.auth=required',
    'group.initial.rebalance.delay.ms=0',
    'offsets.topic.replication.factor=1',
    'offsets.topic.num.partitions=2',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'auto.create.topics.enable=false',
    '',
  ].join('\n');
}

function formatCommand(properties: string): string[] {
  const { name, password } = kafkaUser;
  const scram = MECHANISMS.slice(1).flatMap((each) => ['--add-scram', `${each}=[name=${name},password=${password}]`]);
  return [
    'kafka.tools.StorageTool',
    'format',
    '--cluster-id',
    'c2VjdXJlLWthZmthLXRlc3Q',
    '--config',
    properties,
    ...scram,
  ];
}

/** When it ends instead, its last output is the error. */
async function untilStarted(server: ChildProcess): Promise<void> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const hear = (text: Buffer) => {
      said = (said + text.toString()).slice(-20_000);
      if (said.includes('Kafka Server started')) resolve();
    };
    server.stdout?.on('data', hear);
    server.stderr?.on('data', hear);
    server.on('exit', (code) => reject(new Error(`Kafka ended with ${code}: ${said.slice(-3000)}`)));
  });
}
