/** The NOTIFY channel on which orders hints to the relay that an outbox row is due. */
export const OUTBOX_CHANNEL = 'outbox_due';

/** The NOTIFY channel on which a copy of orders hints to all copies that orders have changed. */
export const ORDER_EVENTS_CHANNEL = 'order_events';
