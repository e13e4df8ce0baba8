/** The services that `tablepick serve` can run. */
export const serviceNames = ['reservation', 'payment', 'gateway', 'notifications'] as const;

/** One of {@link serviceNames}. */
export type ServiceName = (typeof serviceNames)[number];
