import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { createMessage, type RetryPolicy } from 'tablepick/messaging';
import { createFolderMailer, createSmtpMailer, type Mailer } from 'tablepick/notifications';
import { sagaEvent } from 'tablepick/payments';
import { describe, expect, it, vi } from 'vitest';

import { startMailServer, type MailServer } from './support/mail-server.js';
import { withNotifications, type NotificationScene } from './support/notification-scene.js';

const WAIT = { timeout: 15_000, interval: 20 };
const confirmed = 'ReservationConfirmed';
const cancelled = 'ReservationCancelled';
const guest = (memberId: number) => `guest-${memberId}@example.test`;

async function withMailServer(
  work: (scene: NotificationScene, server: MailServer) => Promise<void>,
  { timeoutMs = 5000, ...options }: { timeoutMs?: number; retry?: RetryPolicy } = {},
): Promise<void> {
  const server = await startMailServer();
  const mailer = createSmtpMailer({ url: server.url, timeoutMs });
  try {
    await withNotifications({ mailer, ...options }, (scene) => work(scene, server));
  } finally {
    await mailer.close();
    await server.stop();
  }
}

function takenBy(server: MailServer, memberId: number): string[] {
  return server.taken.filter(({ to }) => to === guest(memberId)).map(({ raw }) => raw);
}

describe('notifications', () => {
  it('mail a guest once per event, with what happened and why', async () => {
    await withMailServer(async (scene, server) => {
      const first = await scene.tell(confirmed, { reservationId: 7, memberId: 1 });
      const second = await scene.tell(cancelled, { reservationId: 7, memberId: 1, reason: 'cancelled-by-member' });
      await expect.poll(() => scene.handled(), WAIT).toBe(2);
      expect(server.taken).toHaveLength(2);
      expect(server.taken[0]).toMatchObject({ from: 'no-reply@example.test', to: guest(1) });
      const [confirmation = '', cancellation = ''] = takenBy(server, 1);
      expect(confirmation).toContain(`Message-ID: <${first.id}@tablepick>\r\n`);
      expect(confirmation).toContain('From: Tablepick <no-reply@example.test>\r\n');
      expect(confirmation).toContain('Subject: Your reservation 7 is confirmed\r\n');
      expect(confirmation).toContain('Auto-Submitted: auto-generated\r\n');
      expect(confirmation).toContain('Guests:      4\r\n');
      expect(cancellation).toContain(`Message-ID: <${second.id}@tablepick>\r\n`);
      expect(cancellation).toContain('It was cancelled by you.');
    });
  });

  it('leave messages alone that are not for guests, and dead-letter one that tells too little', async () => {
    await withMailServer(async (scene, server) => {
      await scene.publish(createMessage(sagaEvent('RefundRequested', { reservationId: 1, reason: '' })));
      const data = { reservationId: 2, memberId: 2 };
      const bad = createMessage({ type: confirmed, key: '2', aggregate: 'reservations', data });
      await scene.publish(bad);
      await scene.tell(confirmed, { reservationId: 3, memberId: 3 });
      await expect.poll(() => scene.deadMails(), WAIT).toMatchObject([{ messageId: bad.id, reason: 'BAD_MESSAGE' }]);
      await vi.waitFor(() => expect(takenBy(server, 3)).toHaveLength(1), WAIT);
      expect(server.taken).toHaveLength(1);
    });
  });

  it('send a message that comes twice once, also when its copy came before it was sent', async () => {
    await withMailServer(async (scene, server) => {
      server.answers.set(guest(1), [{ lateMs: 200 }]);
      const message = await scene.tell(confirmed, { reservationId: 1, memberId: 1 });
      await scene.publish(message, message);
      await expect.poll(() => scene.handled(), WAIT).toBe(1);
      await scene.publish(message);
      await scene.tell(confirmed, { reservationId: 1, memberId: 2 });
      await vi.waitFor(() => expect(takenBy(server, 2)).toHaveLength(1), WAIT);
      expect(takenBy(server, 1)).toHaveLength(1);
    });
  });

  it('send many mails over few connections, and one that is refused alone', async () => {
    await withMailServer(async (scene, server) => {
      server.answers.set(guest(7), [550]);
      const members = Array.from({ length: 60 }, (_, place) => place + 1);
      await Promise.all(members.map((memberId) => scene.tell(confirmed, { reservationId: memberId, memberId })));
      await expect.poll(() => scene.handled(), WAIT).toBe(59);
      await expect.poll(() => scene.deadMails(), WAIT).toMatchObject([{ reason: 'MAIL_FAILED', attempts: 1 }]);
      expect(new Set(server.taken.map(({ to }) => to)).size).toBe(59);
      expect(server.taken).toHaveLength(59);
      expect(server.connections()).toBeLessThanOrEqual(5);
    });
  });

  it('try again what the mail server refuses for the time being', async () => {
    await withMailServer(async (scene, server) => {
      server.answers.set(guest(1), [451, 421]);
      await scene.tell(confirmed, { reservationId: 1, memberId: 1 });
      await expect.poll(() => scene.handled(), WAIT).toBe(1);
      expect(takenBy(server, 1)).toHaveLength(1);
      expect(server.asked.get(guest(1))).toBe(3);
      expect(scene.events.filter(({ kind }) => kind === 'retrying')).toHaveLength(2);
      expect(await scene.deadMails()).toEqual([]);
    });
  });

  it('give up after five tries, while other mails go out', async () => {
    await withMailServer(async (scene, server) => {
      server.answers.set(guest(1), [451, 'drop', 451, 451, 451]);
      const { id: messageId } = await scene.tell(cancelled, { reservationId: 1, memberId: 1 });
      await vi.waitFor(() => expect(server.asked.get(guest(1))).toBe(1), WAIT);
      await scene.tell(cancelled, { reservationId: 1, memberId: 2 });
      await scene.tell(cancelled, { reservationId: 2, memberId: 3 });
      await vi.waitFor(() => expect(server.taken).toHaveLength(2), WAIT);
      expect(server.asked.get(guest(1))).toBeLessThan(5);
      await expect.poll(() => scene.deadMails(), WAIT).toHaveLength(1);
      const [dead] = await scene.deadMails();
      expect(dead).toMatchObject({ messageId, handler: 'mail cancellation', reason: 'MAIL_FAILED', attempts: 5 });
      expect(dead!.error).toContain('refused with 451');
      expect(server.asked.get(guest(1))).toBe(5);
      expect(server.taken).toHaveLength(2);
    });
  });

  it('send another mail of the same reservation while one waits for its next try', async () => {
    const retry = { kind: 'retry-topic', attempts: 5, baseMs: 3000, capMs: 3000 } as const;
    await withMailServer(
      async (scene, server) => {
        server.answers.set(guest(1), [451]);
        await scene.tell(confirmed, { reservationId: 1, memberId: 1 });
        await expect.poll(() => scene.events.some(({ kind }) => kind === 'retrying'), WAIT).toBe(true);
        await sleep(100);
        await scene.tell(cancelled, { reservationId: 1, memberId: 2 });
        await scene.tell(cancelled, { reservationId: 2, memberId: 3 });
        await vi.waitFor(() => expect(takenBy(server, 3)).toHaveLength(1), WAIT);
        await vi.waitFor(() => expect(takenBy(server, 2)).toHaveLength(1), { timeout: 1000 });
      },
      { retry },
    );
  });

  it('give up at once when the mail server refuses a mail for good', async () => {
    await withMailServer(async (scene, server) => {
      server.answers.set(guest(1), [550, 550]);
      await scene.tell(confirmed, { reservationId: 1, memberId: 1 });
      await expect.poll(() => scene.deadMails(), WAIT).toMatchObject([{ reason: 'MAIL_FAILED', attempts: 1 }]);
      expect(server.asked.get(guest(1))).toBe(1);
    });
  });

  it('send a dead letter when it is redriven, also when a copy of it was on its way as it died', async () => {
    await withMailServer(async (scene, server) => {
      server.answers.set(guest(1), [550, 550]);
      const about = { reservationId: 1, restaurantId: 3, memberId: 1, partySize: 4, slotId: 99, reason: 'paid' };
      const message = createMessage(sagaEvent(confirmed, about));
      await scene.publish(message, message);
      await vi.waitFor(() => expect(server.asked.get(guest(1))).toBe(2), WAIT);
      await expect.poll(() => scene.deadMails(), WAIT).toMatchObject([{ messageId: message.id, attempts: 2 }]);
      await scene.database.transaction((tx) => tx.execute(`UPDATE dead_letter SET state = 'REDRIVEN'`, []));
      await scene.publish(message);
      await expect.poll(() => scene.handled(), WAIT).toBe(1);
      expect(takenBy(server, 1)).toHaveLength(1);
    });
  });

  it('send again, under the same Message-ID, what was taken and whose answer was lost or came too late', async () => {
    await withMailServer(
      async (scene, server) => {
        server.answers.set(guest(1), ['take-and-drop']);
        server.answers.set(guest(2), [{ lateMs: 1500 }]);
        const lost = await scene.tell(confirmed, { reservationId: 1, memberId: 1 });
        const late = await scene.tell(confirmed, { reservationId: 2, memberId: 2 });
        await expect.poll(() => scene.handled(), WAIT).toBe(2);
        await vi.waitFor(() => expect(server.taken).toHaveLength(4), WAIT);
        for (const raw of takenBy(server, 1)) expect(raw).toContain(`Message-ID: <${lost.id}@tablepick>`);
        for (const raw of takenBy(server, 2)) expect(raw).toContain(`Message-ID: <${late.id}@tablepick>`);
      },
      { timeoutMs: 500 },
    );
  });

  it('send nothing to an address that would add a header or another reader, and skip who has none', async () => {
    const sent: string[] = [];
    const mailer: Mailer = { send: async ({ to }) => void sent.push(to), close: async () => {} };
    const addresses = new Map([
      [1, 'a@example.test\r\nBcc: b@example.test'],
      [2, 'a@example.test, b@example.test'],
      [4, 'd@example.test'],
    ]);
    await withNotifications({ mailer, recipient: ({ memberId }) => addresses.get(memberId) }, async (scene) => {
      for (const id of [1, 2, 3, 4]) await scene.tell(confirmed, { reservationId: id, memberId: id });
      await expect.poll(() => scene.handled(), WAIT).toBe(2);
      const dead = { reason: 'MAIL_FAILED', attempts: 1, error: expect.stringContaining('is no mail address') };
      await expect.poll(() => scene.deadMails(), WAIT).toMatchObject([dead, dead]);
      expect(sent).toEqual(['d@example.test']);
    });
  });

  it('refuse a sender that is no address', async () => {
    const mailer: Mailer = { send: async () => {}, close: async () => {} };
    const starting = withNotifications({ mailer, from: 'x\nBcc: a@b' }, async () => {});
    await expect(starting).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });
});

describe('a mailer', () => {
  const mail = {
    to: 'a@example.test',
    from: 'Jürgen <j@example.test>',
    subject: 'Größe',
    messageId: '<m-1@tablepick>',
    text: 'Zeile\n.\nFrom here: ä\n',
  };

  it('into a folder writes one whole file a message, however often it is sent', async () => {
    const parent = await mkdtemp(path.join(tmpdir(), 'tablepick-mail-'));
    const folder = path.join(parent, 'out');
    try {
      const mailer = createFolderMailer(folder);
      await Promise.all([mailer.send(mail), mailer.send(mail)]);
      expect(await readdir(folder)).toEqual(['m-1@tablepick.eml']);
      const raw = await readFile(path.join(folder, 'm-1@tablepick.eml'), 'utf8');
      expect(raw).toContain('To: a@example.test\r\n');
      expect(raw).toContain('Message-ID: <m-1@tablepick>\r\n');
      expect(raw).toMatch(/^Date: .+ \+0000\r$/m);
      expect(raw.replaceAll('\r\n', '')).not.toMatch(/[\r\n]|[^ -~]/);
      const refused = mailer.send({ ...mail, to: 'a@example.test\nBcc: b@example.test' });
      await expect(refused).rejects.toMatchObject({ code: 'MAIL_FAILED', retriable: false });
    } finally {
      await rm(parent, { recursive: true });
    }
  });

  it('into a folder that cannot be written to says so, and that it may be tried again', async () => {
    const sending = createFolderMailer('/dev/null/mails').send(mail);
    await expect(sending).rejects.toMatchObject({ code: 'MAIL_FAILED', retriable: true });
  });

  it('logs in, and counts a wrong password as nothing that the mail is to blame for', async () => {
    const server = await startMailServer({ login: { user: 'u@x', pass: 'p:w' } });
    const [right, wrong] = ['p%3Aw', 'nope'].map((pass) =>
      createSmtpMailer({ url: server.url.replace('//', `//u%40x:${pass}@`) }),
    );
    try {
      await right!.send(mail);
      expect(server.taken).toMatchObject([{ to: 'a@example.test' }]);
      await expect(wrong!.send(mail)).rejects.toMatchObject({ code: 'MAIL_FAILED', retriable: true });
    } finally {
      await Promise.all([right!.close(), wrong!.close(), server.stop()]);
    }
  });

  it('that is closed ends what is under way, and takes no more', async () => {
    const server = await startMailServer();
    const mailer = createSmtpMailer({ url: server.url });
    try {
      server.answers.set('a@example.test', [{ lateMs: 3000 }]);
      const sending = mailer.send(mail);
      await vi.waitFor(() => expect(server.asked.get('a@example.test')).toBe(1), WAIT);
      const [ended] = await Promise.allSettled([sending, mailer.close()]);
      expect(ended).toMatchObject({ status: 'rejected', reason: { code: 'MAIL_FAILED', retriable: true } });
      await expect(mailer.send(mail)).rejects.toMatchObject({ code: 'MAIL_FAILED', retriable: true });
    } finally {
      await server.stop();
    }
  });

  it('sends no more at once than it has connections, and counts the time of a mail from its turn', async () => {
    const server = await startMailServer();
    const mailer = createSmtpMailer({ url: server.url, connections: 2, timeoutMs: 800 });
    try {
      server.answers.set(
        'a@example.test',
        Array.from({ length: 8 }, () => ({ lateMs: 300 })),
      );
      await Promise.all(Array.from({ length: 8 }, () => mailer.send(mail)));
      expect(server.taken).toHaveLength(8);
      expect(server.connections()).toBe(2);
      expect(() => createSmtpMailer({ url: server.url, connections: 0 })).toThrow('connections is 0');
    } finally {
      await mailer.close();
      await server.stop();
    }
  });

  it('sends nothing without TLS when it is told so, and says when nobody listens', async () => {
    const server = await startMailServer();
    const mailer = createSmtpMailer({ url: server.url, requireTls: true });
    await expect(mailer.send(mail)).rejects.toMatchObject({ code: 'MAIL_FAILED', retriable: true });
    await mailer.close();
    await server.stop();
    expect(server.taken).toEqual([]);
    const alone = createSmtpMailer({ url: server.url });
    await expect(alone.send(mail)).rejects.toMatchObject({ code: 'MAIL_FAILED', retriable: true });
    await alone.close();
  });
});
