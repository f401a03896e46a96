import { randomUUID } from 'node:crypto';
import type { ApiReply } from '@gozon/client';
import type { StackPart, StackState } from '#contracts/http/stack-api.ts';
import type { SystemReply } from '#contracts/http/system-api.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { RunningStack } from './npm-start.ts';

/** Somebody who sits before the operator's page of a running stack. */
export interface Operator {
  post(path: string, body?: unknown): Promise<ApiReply>;
  stack(): Promise<StackState>;
  system(): Promise<SystemReply>;
  untilPart(name: StackPart['name'], state: StackPart['state']): Promise<void>;
  /** Waits until no order waits, every process is ready and every invariant holds. */
  untilAllIsWell(): Promise<SystemReply>;
}

/** In ms: see DECIDED_WITHIN, and a round of the audit. */
const WELL_WITHIN = 120_000;

export function operatorOf({ client }: RunningStack): Operator {
  const me = client.as(randomUUID());
  const get = async <Body>(path: string) => {
    const reply = await me.send({ method: 'GET', path });
    if (reply.status !== 200) throw new Error(`${path} was answered ${reply.status}`);
    return reply.body as Body;
  };
  const stack = async () => get<StackState>('/api/stack');
  const system = async () => get<SystemReply>('/api/system');
  return {
    post: async (path, body) => me.send({ method: 'POST', path, ...(body !== undefined && { body }) }),
    stack,
    system,
    async untilPart(name, state) {
      await eventually(
        `${name} to be ${state}`,
        async () => (await stack()).parts.some((part) => part.name === name && part.state === state),
        { within: WELL_WITHIN },
      );
    },
    untilAllIsWell: async () =>
      eventually(
        'all to be well',
        async () => {
          const now = await system();
          const faults = [
            ...(now.flow?.undecided === 0 ? [] : [`${now.flow?.undecided} undecided`]),
            ...Object.entries(now.processes).flatMap(([name, { ready }]) => (ready ? [] : [name])),
            ...now.invariants.flatMap(({ id, state }) => (state === 'ok' ? [] : [`${id} ${state}`])),
          ];
          if (faults.length > 0) throw new Error(faults.join(', '));
          return now;
        },
        { within: WELL_WITHIN },
      ),
  };
}
