import { findFreePorts } from '#tools/stack/settings/ports.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import type { Peer } from '../peer.ts';
import { openShop } from '../shop/open-shop.ts';
import { startGateway, startProgram } from '../shop/start-programs.ts';
import { restateIsMissing, startRestate } from './start-restate.ts';

/** A server with a journal of its own, which calls the service for each step. */
export const restate: Peer = {
  name: 'restate',
  title: 'Restate',
  setUp:
    'Orders stores the order and sends a workflow, whose key is the id of the order: ' +
    'https://docs.restate.dev/develop/ts/services. Debit and status are steps that its journal keeps (ctx.run). The server ' +
    'runs on one node with 4 partitions and the memory that https://docs.restate.dev/server/memory has for small deployments. ' +
    'Its log is on disk before it answers, as by default.',
  uses: ['postgres'],
  missing: restateIsMissing,
  async start(rig, stack) {
    const { settings, accounts } = await openShop(rig, stack, 'restate');
    const server = stack.use(await startRestate(rig.settings, `${settings.peer}-restate`));
    const [endpointPort] = await findFreePorts(1);
    const program = await startProgram(rig, stack, settings, {
      name: 'orders',
      file: 'tools/bench/peers/restate/run-orders.ts',
      environment: { INGRESS: server.ingress, ENDPOINT_PORT: String(endpointPort) },
    });
    const reply = await fetch(`${server.admin}/deployments`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ uri: `http://${LOOPBACK}:${endpointPort}` }),
    });
    if (!reply.ok) throw new Error(`Restate did not take the service: ${await reply.text()}`);
    const gateway = await startGateway(rig, stack, program.url);
    const processes = [gateway, program, { name: 'restate', pid: server.pid }];
    return { baseUrl: gateway.url, processes, ...accounts };
  },
};
