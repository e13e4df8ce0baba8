import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { RowDataPacket } from 'mysql2/promise';

import { freePort } from './free-port.js';
import { type PrivateServer, startPrivateServer } from './private-server.js';
import { withConnection } from './servers.js';

/** MySQL servers that all take writes and all hold the same data. */
export interface ReplicationGroup {
  members: readonly PrivateServer[];
  /** Stops all and deletes their data. */
  remove(): Promise<void>;
}

const MEMBERS = 3;
const ONLINE_WITHIN_MS = 60_000;

const SETTINGS = `SET GLOBAL group_replication_enforce_update_everywhere_checks = ON, GLOBAL group_replication_recovery_get_public_key = ON,
  GLOBAL group_replication_ip_allowlist = '127.0.0.1/8', GLOBAL group_replication_group_name = ?,
  GLOBAL group_replication_local_address = ?, GLOBAL group_replication_group_seeds = ?`;
const COUNT_ONLINE = `SELECT COUNT(*) AS online FROM performance_schema.replication_group_members WHERE MEMBER_STATE = 'ONLINE'`;

/** Starts a group in multi-primary mode on 127.0.0.1; fails where the server has no plugin for it. */
export async function startReplicationGroup(): Promise<ReplicationGroup> {
  const members: PrivateServer[] = [];
  const remove = async (): Promise<void> => {
    for (const member of members.toReversed()) await member.remove();
  };
  try {
    const ports: number[] = [];
    for (let n = 0; n < MEMBERS; n += 1) ports.push(await freePort());
    const starts = ports.map(async (_, n) => void members.push(await startMember(71 + n)));
    const failed = (await Promise.allSettled(starts)).find(({ status }) => status === 'rejected');
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
    const group = { name: randomUUID(), seeds: ports.map((port) => `127.0.0.1:${port}`) };
    for (const [n, member] of members.entries())
      await join(member, { ...group, local: group.seeds[n]!, isFirst: n === 0 });
    await untilOnline(members);
    return { members, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function startMember(serverId: number): Promise<PrivateServer> {
  return startPrivateServer('mysql', {
    serverOptions: [
      `--server-id=${serverId}`,
      '--log-bin=binlog',
      '--gtid-mode=ON',
      '--enforce-gtid-consistency=ON',
      '--report-host=127.0.0.1',
      '--plugin-load-add=group_replication.so',
    ],
  });
}

async function join(
  member: PrivateServer,
  { name, seeds, local, isFirst }: { name: string; seeds: readonly string[]; local: string; isFirst: boolean },
): Promise<void> {
  await withConnection(member.url, async (admin) => {
    const run = (sql: string, values: string[] = []) => admin.query(sql, values);
    await run('SET sql_log_bin = 0');
    await run("CREATE USER rpl@'%' IDENTIFIED BY 'rpl'");
    await run("GRANT REPLICATION SLAVE, CONNECTION_ADMIN, BACKUP_ADMIN, GROUP_REPLICATION_STREAM ON *.* TO rpl@'%'");
    await run('SET sql_log_bin = 1');
    await run('RESET BINARY LOGS AND GTIDS');
    await run('SET GLOBAL group_replication_single_primary_mode = OFF');
    await run(SETTINGS, [name, local, seeds.join(',')]);
    await run(
      `CHANGE REPLICATION SOURCE TO SOURCE_USER = 'rpl', SOURCE_PASSWORD = 'rpl' FOR CHANNEL 'group_replication_recovery'`,
    );
    await run(`SET GLOBAL group_replication_bootstrap_group = ${isFirst ? 'ON' : 'OFF'}`);
    await run('START GROUP_REPLICATION');
    await run('SET GLOBAL group_replication_bootstrap_group = OFF');
  });
}

async function untilOnline(members: readonly PrivateServer[]): Promise<void> {
  const deadline = Date.now() + ONLINE_WITHIN_MS;
  for (const { url } of members) {
    for (;;) {
      const online = await withConnection(url, async (admin) => {
        const [[row]] = await admin.query<RowDataPacket[]>(COUNT_ONLINE);
        return Number(row!.online);
      });
      if (online === members.length) break;
      if (Date.now() > deadline) throw new Error(`only ${online} of ${members.length} members are online`);
      await sleep(100);
    }
  }
}
