import * as orders from './migrations/0001-orders.ts';

/** In order; kysely applies those that the database does not have yet. */
export const ordersMigrations = { '0001-orders': orders };
