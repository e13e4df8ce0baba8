import { createSecureContext } from 'node:tls';

import { TablepickError } from '../../errors.js';
import { readNamedFile } from '../../file-errors.js';
import { type KafkaAccess, type KafkaLogin, type KafkaTls, parseKafkaUrl } from '../../messaging/index.js';
import type { CommandContext } from '../command.js';
import { readSecretFile } from './read-secret-file.js';
import type { KafkaSecurityOptions } from '../options/transport-options.js';

/**
 * The Kafka of these brokers with the login and TLS of the options. The brokers' URL may contain the login.
 *
 * @throws `BAD_OPTION` for brokers that are neither a list of host:port nor a URL, a login that is named twice, options
 * that do not go together and files that cannot be used.
 */
export async function readKafkaAccess(
  context: CommandContext,
  options: KafkaSecurityOptions & { brokers: string },
): Promise<KafkaAccess> {
  const { brokers, sasl: ofUrl } = parseKafkaUrl(options.brokers);
  if (ofUrl !== undefined) refuseSecondLogin(options);
  const sasl = ofUrl ?? (await readLogin(context, options));
  const ssl = readTls(options);
  return { brokers, ...(sasl && { sasl }), ...(ssl !== undefined && { ssl }) };
}

function refuseSecondLogin({ kafkaSasl, kafkaUser, kafkaPasswordFile }: KafkaSecurityOptions): void {
  const given = { '--kafka-sasl': kafkaSasl, '--kafka-user': kafkaUser, '--kafka-password-file': kafkaPasswordFile };
  const [flag] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
  if (flag === undefined) return;
  throw new TablepickError('BAD_OPTION', `${flag} is given, and the URL of the brokers holds a login, too`, {
    hint: 'name the brokers as host:port, or leave the option out',
  });
}

async function readLogin(context: CommandContext, options: KafkaSecurityOptions): Promise<KafkaLogin | undefined> {
  const { kafkaSasl: mechanism, kafkaUser: username, kafkaPasswordFile: path } = options;
  if (mechanism === undefined) {
    if (username !== undefined) throw needs('--kafka-user', '--kafka-sasl', LOGIN_HINT);
    if (path !== undefined) throw needs('--kafka-password-file', '--kafka-sasl', LOGIN_HINT);
    return undefined;
  }
  if (username === undefined) throw needs('--kafka-sasl', '--kafka-user', LOGIN_HINT);
  const { signal } = context.stop;
  const password =
    path === undefined
      ? process.env.TABLEPICK_KAFKA_PASSWORD
      : await readSecretFile({ option: '--kafka-password-file', path, signal });
  if (password === undefined) {
    throw needs('--kafka-sasl', 'a password', 'give it in --kafka-password-file or TABLEPICK_KAFKA_PASSWORD');
  }
  return { mechanism, username, password };
}

const LOGIN_HINT = 'a login is --kafka-sasl scram-sha-512 --kafka-user NAME --kafka-password-file FILE';

function readTls(options: KafkaSecurityOptions): true | KafkaTls | undefined {
  const { kafkaTls, kafkaCa, kafkaCert, kafkaKey } = options;
  if (kafkaCert !== undefined && kafkaKey === undefined) throw needs('--kafka-cert', '--kafka-key', CERTIFICATE_HINT);
  if (kafkaKey !== undefined && kafkaCert === undefined) throw needs('--kafka-key', '--kafka-cert', CERTIFICATE_HINT);
  const ca = readPem('--kafka-ca', kafkaCa);
  const cert = readPem('--kafka-cert', kafkaCert);
  const key = readPem('--kafka-key', kafkaKey);
  if (ca === undefined && cert === undefined) return kafkaTls;
  checkPem(options, { ca, cert, key });
  return { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert, key }) };
}

const CERTIFICATE_HINT = 'a certificate of your own is two files: --kafka-cert FILE --kafka-key FILE';

function readPem(option: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const text = readNamedFile(option, path);
  if (/^-----BEGIN /m.test(text)) return text;
  throw new TablepickError('BAD_OPTION', `${option} ${path} is no PEM file`, {
    hint: "PEM is text that begins with '-----BEGIN'; a Java keystore is exported with keytool -exportcert -rfc",
  });
}

/** OpenSSL reads the files now. Later, a wrong file would look like a broker that is away. */
function checkPem({ kafkaCa, kafkaCert }: KafkaSecurityOptions, { ca, cert, key }: KafkaTls): void {
  const read = (option: string, material: KafkaTls): void => {
    try {
      createSecureContext(material);
    } catch (cause) {
      const message = `${option} cannot be used: ${(cause as Error).message}`;
      throw new TablepickError('BAD_OPTION', message, { cause, hint: 'see whether it is what was meant, and whole' });
    }
  };
  if (ca !== undefined) read(`--kafka-ca ${kafkaCa}`, { ca });
  if (cert !== undefined) read(`--kafka-cert ${kafkaCert} with its key`, { cert, key });
}

function needs(name: string, what: string, hint: string): TablepickError {
  return new TablepickError('BAD_OPTION', `${name} says nothing without ${what}`, { hint });
}
