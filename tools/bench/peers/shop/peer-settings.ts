import pg from 'pg';
import type { KafkaOptions } from '#platform/kafka/connect.ts';
import { createLogger } from '#platform/process/logger.ts';

/** What the programs of a peer are told, by their environment. */
export interface PeerSettings {
  /** Another for each start of a peer, so that none meets what another left. Names its topics, groups and task queue. */
  readonly peer: string;
  readonly port: number;
  readonly ordersUrl: string;
  readonly paymentsUrl: string;
  /** host:port */
  readonly kafka: string;
  /** host:port */
  readonly temporal: string;
  readonly namespace: string;
}

const NAME = 'PEER_SETTINGS';

export const log = createLogger('peer', 'warn');

export function toEnvironment(settings: PeerSettings): Record<string, string> {
  return { [NAME]: JSON.stringify(settings) };
}

export function readPeerSettings(): PeerSettings {
  return JSON.parse(process.env[NAME] ?? '') as PeerSettings;
}

export function kafkaOf({ kafka, peer }: PeerSettings): KafkaOptions {
  return { brokers: [kafka], clientId: peer, log };
}

/** To one database, as many as the product's services have. */
export const CONNECTIONS = 20;

export function openPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: CONNECTIONS });
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection broke'));
  return pool;
}

/** What a program prints when it serves. */
export const READY = 'ready';
