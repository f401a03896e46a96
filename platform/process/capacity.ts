import { totalmem } from 'node:os';

/**
 * What an open stream, or a request under way, costs the gateway at most, in bytes. Measured in a container of 256 MiB: a
 * stream 54 kB, a request with a body of 16 kB 41 kB. 3,000 streams or 4,000 requests ended it for memory.
 */
const COST = 64 * 1024;

/** Beyond this number it is no longer memory that limits. */
const MOST = 4_096;

/**
 * How many streams fit into the memory of this process, and beside them how many requests under way: a quarter of it for
 * each. The rest is for the process itself and for connections that are idle or still send their request.
 * @param memory in bytes; by default the limit of the container, or the machine's memory
 */
export function capacity(memory = memoryLimit()): number {
  return Math.min(MOST, Math.floor(memory / 4 / COST));
}

/** Without a limit `constrainedMemory()` is 0, or more than the machine has. */
function memoryLimit(): number {
  return Math.min(process.constrainedMemory() || Infinity, totalmem());
}
