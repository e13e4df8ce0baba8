import { expect, it } from 'vitest';

import { describeStatement } from './describe-statement.js';

it.each([
  ['INSERT INTO reservation (a) VALUES (1)', 'INSERT INTO reservation'],
  ['insert into `app`.`reservation`(a) values (1)', 'INSERT INTO reservation'],
  ['INSERT INTO `my app`.`my slot.s` (a) VALUES (1)', 'INSERT INTO my slot.s'],
  ['INSERT /*+ SET_VAR(foreign_key_checks = OFF) */ INTO slot SELECT 1', 'INSERT INTO slot'],
  ['INSERT IGNORE INTO slot VALUES (1)', 'INSERT INTO slot'],
  ['REPLACE INTO slot VALUES (1)', 'REPLACE INTO slot'],
  ['update `slot` set count = 1', 'UPDATE slot'],
  ['update slot s join restaurant r on r.id = s.id set count = 1', 'UPDATE slot'],
  ['UPDATE IGNORE slot SET count = 1', 'UPDATE slot'],
  ['DELETE FROM slot WHERE id = 1', 'DELETE FROM slot'],
  ['select *\n  from slot\n where id = 1\n for update', 'SELECT … FROM slot FOR UPDATE'],
  ['SELECT id FROM slot WHERE id = 1 FOR UPDATE NOWAIT', 'SELECT … FROM slot FOR UPDATE'],
  ['SELECT id FROM slot LOCK IN SHARE MODE', 'SELECT … FROM slot LOCK IN SHARE MODE'],
  ['SELECT id FROM slot', 'SELECT … FROM slot'],
  ['CALL book(12, 3)', 'CALL book(12, 3)'],
  ['CALL a_procedure_with_a_long_name(1, 2, 3, 4, 5)', 'CALL a_procedure_with_a_long_name(1, 2,…'],
  [undefined, 'a statement that the server does not tell'],
])('%j is told as %j', (statement, told) => {
  expect(describeStatement(statement)).toBe(told);
});
