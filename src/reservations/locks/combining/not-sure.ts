/**
 * There were fewer seats than this process last saw, or somebody stood crosswise: the way out of a transaction that
 * must be rolled back.
 */
export class NotSure extends Error {}
