import type { Transaction } from '../../../database/index.js';

/**
 * Thrown when a token is not larger than a token already used for its slot. The holder's lock had expired, or the lock
 * server's clock went back.
 */
export class Fenced extends Error {
  readonly slotId: number;
  /** The largest token used so far. */
  readonly usedToken: number;

  constructor(slotId: number, usedToken: number) {
    super(`slot ${slotId} was written under fencing token ${usedToken} by a later holder of its lock`);
    this.slotId = slotId;
    this.usedToken = usedToken;
  }
}

// affectedRows: 1 inserted, 2 raised, 0 left as it was, because the flag FOUND_ROWS is off.
const RAISE_TOKEN = `INSERT INTO slot_fence (slot_id, token) VALUES (?, ?)
  ON DUPLICATE KEY UPDATE token = IF(token < ?, ?, token)`;
const READ_TOKEN = 'SELECT token FROM slot_fence WHERE slot_id = ? FOR UPDATE';

/**
 * Records that a slot is written under `token`. This transaction must have locked the slot's row, so that two
 * transactions never wait for each other's fence.
 *
 * @throws {@link Fenced} unless the token is larger than every one recorded before.
 */
export async function raiseToken(tx: Transaction, slotId: number, token: number): Promise<void> {
  const { affectedRows } = await tx.execute(RAISE_TOKEN, [slotId, token, token, token]);
  if (affectedRows > 0) return;
  const [used] = await tx.query<{ token: number }>(READ_TOKEN, [slotId]);
  throw new Fenced(slotId, Number(used!.token));
}
