/** The channel of PostgreSQL on which orders wakes the relay, as in the product. */
export const CHANNEL = 'outbox';
