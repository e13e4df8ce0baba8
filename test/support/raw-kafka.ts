import { connect } from 'node:net';

/** DescribeConfigs, version 1, of the broker 1. A port for clients accepts it, and so does a controller's. */
const WHAT_ARE_YOU_LIKE = Buffer.from('0000001b00200001000000010004746573740000000104000131ffffffff00', 'hex');

/**
 * Asks a Kafka for its settings, in its protocol and by hand. Resolves with nothing when Kafka hangs up before. Without
 * a password, the program does not log in.
 */
export async function askSettings(port: number, password?: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const login = password === undefined ? [] : loginAs('tablepick', password);
  socket.write(Buffer.concat([...login, WHAT_ARE_YOU_LIKE]));
  let received = Buffer.alloc(0);
  try {
    for await (const part of socket) {
      received = Buffer.concat([received, part as Buffer]);
      if (received.includes('log.dirs')) break;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
  }
  socket.destroy();
  return received.toString('latin1');
}

/** SaslHandshake, version 1, for PLAIN, then SaslAuthenticate, version 0. */
function loginAs(name: string, password: string): Buffer[] {
  const secret = Buffer.from(`\0${name}\0${password}`);
  return [
    framed('00110001', Buffer.from('\0\x05PLAIN')),
    framed('00240000', Buffer.concat([int32(secret.length), secret])),
  ];
}

function framed(keyAndVersion: string, body: Buffer): Buffer {
  const head = Buffer.concat([Buffer.from(`${keyAndVersion}00000001`, 'hex'), Buffer.from('\0\x04test')]);
  return Buffer.concat([int32(head.length + body.length), head, body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
