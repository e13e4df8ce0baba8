/**
 * Thrown to roll a transaction back when there were fewer seats than this process last saw, or when another transaction
 * was in its way.
 */
export class NotSure extends Error {}
