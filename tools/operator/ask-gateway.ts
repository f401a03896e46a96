import { randomUUID } from 'node:crypto';
import { Option } from 'commander';
import { createCall } from '#contracts/client/call.ts';
import type { Call } from '#contracts/client/call.ts';
import { describeError } from '#platform/process/describe-error.ts';
import { openGozonClient } from '#tools/load/generate/gozon-client.ts';
import { UserError } from '#tools/stack/bootstrap/user-error.js';
import { LOOPBACK, readSettings } from '#tools/stack/settings/settings.ts';

/** The address of the system to operate; by default the one that npm start runs. */
export function gatewayOption(): Option {
  const standard = `http://${LOOPBACK}:${readSettings().ports.GATEWAY_PORT}`;
  return new Option('--gateway <url>', 'address of the API').default(standard);
}

/** For --help. */
export const IDENTITY_HELP = `
OPERATOR_TOKEN is the bearer token of an operator; without it the gateway must run with IDENTITY=dev.`;

/** An operator of a system, over its gateway. */
export interface Operator extends AsyncDisposable {
  /** @throws UserError when the gateway cannot be reached, or refuses */
  readonly call: Call;
}

/** Uses the public gateway: an operator's machine need not reach anything else, nor know another secret. */
export function openOperator(gateway: string, token = process.env['OPERATOR_TOKEN']): Operator {
  const client = openGozonClient({ baseUrl: gateway, connections: 1 });
  const headers = token ? { Authorization: `Bearer ${token}` } : { 'X-User-Id': randomUUID() };
  const call = createCall(async (request) =>
    client.send({ ...request, headers }).catch((error: unknown) => {
      throw new UserError(
        `Gozon does not answer at ${gateway} (${describeError(error)}): start it, or set its address with GATEWAY_PORT or --gateway.`,
      );
    }),
  );
  return {
    call: async (route, options) =>
      call(route, options).catch((error: unknown) => {
        if (error instanceof UserError) throw error;
        throw new UserError(`The gateway refuses: ${describeError(error)}`);
      }),
    [Symbol.asyncDispose]: async () => client[Symbol.asyncDispose](),
  };
}
