import type { Peer } from '../peer.ts';
import { startShop } from '../shop/start-programs.ts';

/** Durable workflows as a library on PostgreSQL: no server, no Kafka. */
export const dbos: Peer = {
  name: 'dbos',
  title: 'DBOS Transact',
  setUp:
    'Orders stores the order and starts a workflow in its own process, whose id is that of the order: ' +
    'https://docs.dbos.dev/typescript/tutorials/workflow-tutorial. Debit and status are transactions of data sources, ' +
    'each exactly once: https://docs.dbos.dev/typescript/tutorials/transaction-tutorial. The system database is a schema ' +
    'in the database of orders. 20 connections to each, logs for errors only, no telemetry: ' +
    'https://docs.dbos.dev/typescript/reference/configuration. Version 5.3.0 was no faster, and its data sources are not in npm.',
  uses: ['postgres'],
  start: async (rig, stack) => startShop(rig, stack, 'dbos', ['orders']),
};
