import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

import { expect, test } from 'vitest';

import { listeningUsers, mayBeTold } from './port-owner.js';

const TABLES = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:A277 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 636743 1 00000000d30d6cdc 100 0 0 10 0
   1: 0200007F:A277 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 636744 1 00000000d30d6cdc 100 0 0 10 0
   2: 0100007F:A277 0100007F:8F04 01 00000000:00000000 00:00000000 00000000  1002        0 636745 1 00000000d30d6cdc 100 0 0 10 0
   3: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 139 1 0000000040bce80a 100 0 0 10 0
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0000000000000000FFFF00000100007F:B6F7 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000   7        0 636883 1 000000001f59ced1 100 0 0 10 0
   1: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000   9        0 643906 1 00000000bc9d234a 100 0 0 10 0
`;

test.each([
  ['on loopback, and not on another address or a connection', 0xa2_77, [1000]],
  ['on every address', 0x07_e8, [0]],
  ['on loopback as Java has it', 0xb6_f7, [7]],
  ['on every address of both families', 0x16, [9]],
  ['nowhere', 1, []],
])('who listens is told by the tables: %s', (_where, port, users) => {
  expect(listeningUsers(TABLES, port)).toEqual(users);
});

test('who runs as the same user may be told; where nobody listens nobody may', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(mayBeTold(port)).toBe(true);
  server.close();
  await once(server, 'close');
  expect(mayBeTold(port)).toBe(process.platform !== 'linux');
});
