import { randomUUID } from 'node:crypto';
import { Option } from 'commander';
import { refusal } from '#contracts/client/client.ts';
import type { BodyOf, ReplyOf, RouteContract } from '#contracts/http/route.ts';
import { describeError } from '#platform/process/health.ts';
import { openGozonClient } from '#tools/load/generate/gozon-client.ts';
import { UserError } from '#tools/stack/bootstrap/user-error.js';
import { LOOPBACK, readSettings } from '#tools/stack/settings/settings.ts';

/** Where the system is that is to be operated; by default the one that npm start runs. */
export function gatewayOption(): Option {
  const standard = `http://${LOOPBACK}:${readSettings().ports.GATEWAY_PORT}`;
  return new Option('--gateway <url>', 'where the API is').default(standard);
}

/** How to say who you are, for --help. */
export const IDENTITY_HELP = `
OPERATOR_TOKEN is the bearer token of an operator; without it the gateway must run with IDENTITY=dev.`;

/** Asks the operator's API. */
export interface Operator extends AsyncDisposable {
  /** @throws UserError when the gateway cannot be reached, or refuses */
  ask<Contract extends RouteContract>(
    route: Contract,
    body: Partial<BodyOf<Contract>>,
  ): Promise<ReplyOf<Contract>>;
}

/** By the public door: nothing else has to be reachable from where an operator sits, and no other secret known. */
export function openOperator(gateway: string, token = process.env['OPERATOR_TOKEN']): Operator {
  const client = openGozonClient({ baseUrl: gateway, connections: 1 });
  const headers = token ? { Authorization: `Bearer ${token}` } : { 'X-User-Id': randomUUID() };
  return {
    async ask(route, body) {
      const method = route.method === 'get' ? 'GET' : 'POST';
      const reply = await client.send({ method, path: route.path, headers, body }).catch((error: unknown) => {
        throw new UserError(
          `Gozon does not answer at ${gateway} (${describeError(error)}): start it, or say where it runs with GATEWAY_PORT or --gateway.`,
        );
      });
      if (reply.status !== route.reply.status) {
        throw new UserError(`The gateway refuses: ${describeError(refusal(reply))}`);
      }
      return reply.body as ReplyOf<typeof route>;
    },
    [Symbol.asyncDispose]: async () => client[Symbol.asyncDispose](),
  };
}
