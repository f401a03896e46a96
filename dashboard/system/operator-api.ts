import { refusal } from '#contracts/client/call.ts';
import type { Customer } from '#contracts/client/customer.ts';
import type { redriveRoute } from '#contracts/http/repair-api.ts';
import type { BodyOf, ReplyOf } from '#contracts/http/route-contract.ts';
import type { StackState, deliverTwiceRoute, faultRoute, startLoadRoute } from '#contracts/http/stack-api.ts';
import type { ProcessState, Reading, SystemReply } from '#contracts/http/system-api.ts';

/** What an operator may ask and do. All throw ApiProblem, or a network error. */
export interface OperatorApi {
  /** With the gateway among the processes: it tells of itself to everyone, and nobody inside knows it. */
  system(): Promise<SystemReply>;
  /** Those later than the last one that is known, if one is. */
  readings(after: string | undefined): Promise<Reading[]>;
  redrive(what: BodyOf<typeof redriveRoute>): Promise<ReplyOf<typeof redriveRoute>>;
  stack(): Promise<StackState>;
  fault(fault: BodyOf<typeof faultRoute>): Promise<StackState>;
  startLoad(load: BodyOf<typeof startLoadRoute>): Promise<StackState>;
  stopLoad(): Promise<StackState>;
  deliverTwice(rows: number): Promise<ReplyOf<typeof deliverTwiceRoute>>;
}

export function operatorApi(operator: Customer): OperatorApi {
  const ask = async <Body>(method: 'GET' | 'POST', path: string, body?: unknown) => {
    const reply = await operator.send({ method, path, body });
    if (reply.status >= 400) throw refusal(reply);
    return reply.body as Body;
  };
  return {
    system: async () => {
      const [system, gateway] = await Promise.all([
        ask<SystemReply>('GET', '/api/system'),
        operator.send({ method: 'GET', path: '/health/ready' }),
      ]);
      const { roles = {} } = gateway.body as Partial<ProcessState>;
      const state = { ready: gateway.status === 200, roles };
      return { ...system, processes: { gateway: state, ...system.processes } };
    },
    readings: async (after) => {
      const query = after === undefined ? '' : `?after=${after}`;
      return (await ask<{ readings: Reading[] }>('GET', `/api/system/history${query}`)).readings;
    },
    redrive: async (what) => ask('POST', '/api/system/redrive', what),
    stack: async () => ask('GET', '/api/stack'),
    fault: async (fault) => ask('POST', '/api/stack/faults', fault),
    startLoad: async (load) => ask('POST', '/api/stack/load', load),
    stopLoad: async () => ask('POST', '/api/stack/load/stop'),
    deliverTwice: async (rows) => ask('POST', '/api/stack/deliver-twice', { rows }),
  };
}
