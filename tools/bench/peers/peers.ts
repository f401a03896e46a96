import { bareTuned, bareUntuned } from './bare/bare.ts';
import { naive } from './naive/naive.ts';
import type { Peer } from './peer.ts';

/** What this system is compared with. */
export const PEERS: readonly Peer[] = [bareTuned, bareUntuned, naive];
