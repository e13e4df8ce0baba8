import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';

/** A mail that the server accepted. */
export interface TakenMail {
  from: string;
  to: string;
  /** As it came, with CRLF. */
  raw: string;
}

/**
 * The server's answer to one mail. A number is the answer to its recipient. `drop` cuts the connection there.
 * `take-and-drop` cuts it when the mail is taken and not answered. `{ lateMs }` answers so much later.
 */
export type MailAnswer = number | 'drop' | 'take-and-drop' | { lateMs: number };

/** A mail server on the loopback. */
export interface MailServer {
  /** `smtp://127.0.0.1:PORT`. */
  url: string;
  taken: TakenMail[];
  /** The answers to the next mails to an address, in order. After them, mails are taken. */
  answers: Map<string, MailAnswer[]>;
  /** How often a mail to each address was offered. */
  asked: Map<string, number>;
  /** Connections that were opened so far. */
  connections(): number;
  stop(): Promise<void>;
}

/** Settings of {@link startMailServer}. */
export interface MailServerOptions {
  /** The user who may send. Without it, everybody may. */
  login?: { user: string; pass: string };
}

/** Starts a {@link MailServer} on a free port. */
export async function startMailServer({ login }: MailServerOptions = {}): Promise<MailServer> {
  const state = {
    taken: [] as TakenMail[],
    answers: new Map<string, MailAnswer[]>(),
    asked: new Map<string, number>(),
  };
  const sockets = new Set<Socket>();
  const drop = ({ remotePort }: SMTPServerSession) =>
    [...sockets].find((socket) => socket.remotePort === remotePort)?.destroy();
  const server = new SMTPServer({
    disabledCommands: login === undefined ? ['STARTTLS', 'AUTH'] : ['STARTTLS'],
    disableReverseLookup: true,
    authOptional: login === undefined,
    allowInsecureAuth: true,
    closeTimeout: 100,
    onAuth: ({ username, password }, _session, done) =>
      username === login?.user && password === login?.pass ? done(null, { user: username }) : done(refusal(535)),
    onRcptTo: ({ address }, session, done) => {
      state.asked.set(address, (state.asked.get(address) ?? 0) + 1);
      const answer = state.answers.get(address)?.[0];
      if (typeof answer === 'number' || answer === 'drop') state.answers.get(address)!.shift();
      if (answer === 'drop') drop(session);
      else done(typeof answer === 'number' ? refusal(answer) : null);
    },
    onData: (stream, session, done) => {
      // A client that went away in the middle of a mail has not sent it.
      const taken = take(stream, session).catch(() => false);
      void taken.then((isAnswered) => (isAnswered ? done() : drop(session)));
    },
  });
  server.on('error', () => {});
  let connections = 0;
  server.server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const take = async (stream: SMTPServerDataStream, { envelope }: SMTPServerSession): Promise<boolean> => {
    const raw = await text(stream);
    const to = envelope.rcptTo[0]!.address;
    const answer = state.answers.get(to)?.shift();
    if (typeof answer === 'object') await sleep(answer.lateMs);
    state.taken.push({ from: envelope.mailFrom === false ? '' : envelope.mailFrom.address, to, raw });
    return answer !== 'take-and-drop';
  };
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    ...state,
    connections: () => connections,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function refusal(responseCode: number): Error {
  return Object.assign(new Error(`refused with ${responseCode}`), { responseCode });
}
