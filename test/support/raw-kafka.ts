import { connect } from 'node:net';

import { loginRequests } from '../../src/sandbox/greetings/kafka-greeting.js';

/** DescribeConfigs, version 1, of the broker 1: a port for clients takes it, and so does a controller's. */
const WHAT_ARE_YOU_LIKE = Buffer.from('0000001b00200001000000010004746573740000000104000131ffffffff00', 'hex');

/**
 * What a Kafka says to a program that speaks its protocol by hand: its settings, or nothing when it hangs up before.
 * Without a password the program does not log in.
 */
export async function askSettings(port: number, password?: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const login = password === undefined ? [] : loginRequests({ name: 'tablepick', password });
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
