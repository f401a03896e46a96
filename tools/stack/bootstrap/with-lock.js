import { createHash } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Does what no two processes may do at a time. The lock is an abstract Unix socket: unlike a file, the kernel removes it
 * with the process that holds it, however that ends.
 * @template Result
 * @param {string} name what the work is on, such as a folder
 * @param {() => void} onWait called once, when another process holds the lock
 * @param {() => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function withLock(name, onWait, work) {
  const address = `\0gozon-${createHash('sha256').update(name).digest('hex')}`;
  let lock = await tryToHold(address);
  if (!lock) onWait();
  while (!lock) {
    await sleep(200);
    lock = await tryToHold(address);
  }
  try {
    return await work();
  } finally {
    lock.close();
  }
}

/** @param {string} address */
async function tryToHold(address) {
  const server = net.createServer().unref();
  try {
    await once(server.listen(address), 'listening');
    return server;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EADDRINUSE') return undefined;
    throw error;
  }
}
