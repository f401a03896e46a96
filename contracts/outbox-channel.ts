/** The NOTIFY channel on which orders hints to the relay that the outbox has something due. */
export const OUTBOX_CHANNEL = 'outbox_due';
