import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import pMap from 'p-map';
import { connectionCapacity } from '#platform/process/capacity.ts';
import { keepDoing } from './provocation.ts';
import type { Provoke } from './provocation.ts';

/** Connections that are opened at the same time: fewer than a server lets wait. */
const AT_ONCE = 200;
/** In ms. */
const AGAIN_AFTER = 100;

/** Opens as many connections to payments as fit into its memory, sends nothing, and asks for more. */
export const openTooManyConnections: Provoke = async ({ system }, healing) => {
  const { hostname: host, port } = new URL(system.service('payments').url);
  const open = new Set<Socket>();
  healing.defer(() => {
    for (const socket of open) socket.destroy();
  });
  const openOne = async () => {
    const socket = connect({ host, port: Number(port) });
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    await once(socket, 'connect');
  };
  // payments closes those that send nothing for long.
  keepDoing(healing, AGAIN_AFTER, async () => {
    const missing = Math.max(AT_ONCE, connectionCapacity() - open.size);
    await pMap(Array.from({ length: missing }), openOne, { concurrency: AT_ONCE });
  });
};
