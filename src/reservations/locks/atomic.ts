import { type PerTransactionStrategy, SeatsMissing, perTransaction } from './per-transaction.js';

const TAKE_SEATS = `UPDATE {slot} SET {slot.count} = {slot.count} + ?, {slot.version} = {slot.version} + 1
  WHERE {slot.id} = ? AND {slot.count} + ? <= {slot.capacity}`;

/** The statements of `atomic`, for strategies that use them, too. */
export const atomicStatements: PerTransactionStrategy = {
  name: 'atomic',
  guarantees: { noOverbooking: true, noLostUpdate: true, noDeadlock: true },
  reserve: async ({ tx, located, writeReservation }) => {
    for (const { slotId } of located.slots) {
      const { affectedRows } = await tx.execute(TAKE_SEATS, [located.seats, slotId, located.seats]);
      if (affectedRows === 0) throw new SeatsMissing();
    }
    return writeReservation();
  },
};

/** Checks and takes the seats in one statement, which the server runs as a whole. */
export const atomic = perTransaction(atomicStatements);
