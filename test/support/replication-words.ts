import type { TestServer } from './servers.js';

/** The statements for replication and for the read-only state. */
export interface ReplicationWords {
  serverOptions(id: number): string[];
  /** Begins the log again, so that accounts made on both servers are not replicated. */
  forgetLog: string;
  /** One row with `committed`: everything that the server has committed. */
  readCommitted: string;
  /** Waits on a replica until it has all of that. */
  waitFor(committed: string): string;
  /** Ends the replication. */
  forgetSource: string[];
  /** Begins to follow a server of this machine where the own log ends; not yet started. */
  follow(port: string): string[];
  turnReadOnly: string;
  turnWritable: string[];
  /** Rows with `id`: connections that wait for a row. */
  findWaiting: string;
}

/** Name and password of the account that replicas use. */
export const REPLICATOR = 'follower';

const endReplication = ['STOP REPLICA', 'RESET REPLICA ALL'];

export const replicationWords: Readonly<Record<TestServer['name'], ReplicationWords>> = {
  mysql: {
    serverOptions: (id) => [`--server-id=${id}`, '--gtid-mode=ON', '--enforce-gtid-consistency=ON', '--log-bin=binlog'],
    forgetLog: 'RESET BINARY LOGS AND GTIDS',
    readCommitted: 'SELECT @@GLOBAL.gtid_executed AS committed',
    waitFor: (committed) => `DO WAIT_FOR_EXECUTED_GTID_SET('${committed}', 60)`,
    forgetSource: endReplication,
    follow: (port) => [
      `CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = ${port}, SOURCE_USER = '${REPLICATOR}',
        SOURCE_PASSWORD = '${REPLICATOR}', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1`,
    ],
    turnReadOnly: 'SET GLOBAL super_read_only = 1',
    turnWritable: ['SET GLOBAL super_read_only = 0', 'SET GLOBAL read_only = 0'],
    findWaiting: 'SELECT DISTINCT waiting_pid AS id FROM sys.innodb_lock_waits',
  },
  mariadb: {
    serverOptions: (id) => [`--server-id=${id}`, '--log-bin=binlog', '--log-slave-updates=1', '--gtid-strict-mode=1'],
    forgetLog: 'RESET MASTER',
    readCommitted: 'SELECT @@GLOBAL.gtid_binlog_pos AS committed',
    waitFor: (committed) => `DO MASTER_GTID_WAIT('${committed}', 60)`,
    forgetSource: endReplication,
    follow: (port) => [
      'SET GLOBAL gtid_slave_pos = @@GLOBAL.gtid_binlog_pos',
      `CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${port}, MASTER_USER = '${REPLICATOR}',
        MASTER_PASSWORD = '${REPLICATOR}', MASTER_USE_GTID = slave_pos, MASTER_SSL_VERIFY_SERVER_CERT = 0`,
    ],
    turnReadOnly: 'SET GLOBAL read_only = 1',
    turnWritable: ['SET GLOBAL read_only = 0'],
    findWaiting: `SELECT trx_mysql_thread_id AS id FROM information_schema.innodb_lock_waits
      JOIN information_schema.innodb_trx ON trx_id = requesting_trx_id`,
  },
};
