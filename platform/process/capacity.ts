import { totalmem } from 'node:os';

/**
 * What an open stream, a request under way, or a connection that still sends one costs the gateway at most, in bytes.
 * Measured in a container of 256 MiB: a stream 54 kB, a request with a body of 16 kB 41 kB. 3,000 streams or 4,000 requests
 * ended it for memory. Of 4,096 connections in a process that could use as much, one cost 8 kB that sent nothing, 23 kB that
 * sent 15 kB of headers, and 43 kB that sent 15 kB of a body. 6,000 with half of their headers ended the gateway.
 */
const COST = 64 * 1024;

/** Beyond this number it is no longer memory that limits. */
const MOST = 4_096;

/**
 * How many streams fit into the memory of this process, and beside them how many requests under way: a quarter of it for
 * each.
 * @param memory in bytes; by default the limit of the container, or the machine's memory
 */
export function capacity(memory = memoryLimit()): number {
  return Math.min(MOST, Math.floor(memory / 4 / COST));
}

/**
 * How many connections fit, whatever they do: those of streams, those of requests, and as many that are idle or still send
 * their request. The last quarter of the memory is for the process itself.
 */
export function connectionCapacity(memory = memoryLimit()): number {
  return 3 * capacity(memory);
}

/** Without a limit `constrainedMemory()` is 0, or more than the machine has. */
function memoryLimit(): number {
  return Math.min(process.constrainedMemory() || Infinity, totalmem());
}
