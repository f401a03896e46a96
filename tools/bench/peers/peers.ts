import { bareTuned, bareUntuned } from './bare/bare.ts';
import { dbos } from './dbos/dbos.ts';
import { engineless } from './engineless/engineless.ts';
import { gozon } from './gozon.ts';
import { naive } from './naive/naive.ts';
import type { Peer } from './peer.ts';
import { restate } from './restate/restate.ts';
import { standalone } from './standalone/standalone.ts';

/** This system, and what it is compared with; in the order of tables. */
export const PEERS: readonly Peer[] = [
  gozon,
  bareTuned,
  bareUntuned,
  naive,
  standalone,
  engineless,
  dbos,
  restate,
];
