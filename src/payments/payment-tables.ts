/** The tables of the payment service beside those of its messages. */
export const PAYMENT_TABLES: readonly string[] = ['payment', 'payment_history', 'payment_mismatch'];
