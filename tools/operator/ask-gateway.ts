import { randomUUID } from 'node:crypto';
import os from 'node:os';
import { createCall } from '@gozon/client';
import type { Call } from '@gozon/client';
import { InvalidArgumentError, Option } from 'commander';
import { describeError } from '#platform/process/describe-error.ts';
import { openGozonClient } from '#tools/load/generate/gozon-client.ts';
import { NoAnswer, repeatUntilAnswered } from '#tools/load/generate/repeat-until-answered.ts';
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

/** Why a command changes something, which is kept with who did it and when. */
export function reasonOption(): Option {
  return new Option('--reason <text>', 'why: it is kept with what the command changes, and who ran it');
}

/** The name of the person, since a token may be of a team, and IDENTITY=dev has no names. */
export function asOption(): Option {
  return new Option('--as <name>', 'your name, kept with the reason').default(userName());
}

/** A user without an entry in the system's list, as in some containers, has no name. */
function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return 'a user without a name';
  }
}

/** How long a command repeats one request while the system cannot answer it. */
export function timeoutOption(): Option {
  return new Option('--timeout <s>', 'how long an outage, or a limit, is waited for')
    .default(600)
    .argParser((text) => {
      const seconds = Number(text);
      if (text.trim() === '' || !(seconds >= 0)) throw new InvalidArgumentError('It must be seconds.');
      return seconds;
    });
}

/** An operator of a system, over its gateway. */
export interface Operator extends AsyncDisposable {
  /**
   * Repeats a request while the system cannot answer it, and waits as told: each of an operator's routes may be repeated.
   * @throws UserError when the gateway cannot be reached, refuses, or gives no answer in time
   */
  readonly call: Call;
}

/** Uses the public gateway: an operator's machine need not reach anything else, nor know another secret. */
export function openOperator(
  { gateway, timeout }: { readonly gateway: string; readonly timeout: number },
  token = process.env['OPERATOR_TOKEN'],
): Operator {
  const client = openGozonClient({ baseUrl: gateway, connections: 1 });
  const headers = token ? { Authorization: `Bearer ${token}` } : { 'X-User-Id': randomUUID() };
  let answered = false;
  const call = createCall(async (request) => {
    try {
      const reply = await client.send({ ...request, headers });
      answered = true;
      return reply;
    } catch (error) {
      // Once it has answered, its address is right, and it comes back.
      if (answered) throw error;
      throw new UserError(
        `Gozon does not answer at ${gateway} (${describeError(error)}): start it, or set its address with GATEWAY_PORT or --gateway.`,
      );
    }
  });
  let last = '';
  const repeat = {
    timeout: timeout * 1_000,
    signal: new AbortController().signal,
    onRepeat(cause: unknown) {
      const why = describeError(cause);
      if (why !== last) console.error(`Waiting, since the gateway cannot answer now: ${why}`);
      last = why;
    },
  };
  return {
    call: async (route, options) =>
      repeatUntilAnswered(async () => call(route, options), repeat).catch((error: unknown) => {
        if (error instanceof UserError) throw error;
        const why = describeError(error instanceof NoAnswer ? error.cause : error);
        throw new UserError(
          error instanceof NoAnswer
            ? `The gateway gave no answer within ${timeout} s: ${why}`
            : `The gateway refuses: ${why}`,
        );
      }),
    [Symbol.asyncDispose]: async () => client[Symbol.asyncDispose](),
  };
}
