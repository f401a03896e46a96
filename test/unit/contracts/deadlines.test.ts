import assert from 'node:assert/strict';
import {
  ACTIVITY_ATTEMPT,
  ACTIVITY_DATABASE,
  KAFKA_CONNECT,
  KAFKA_FETCH,
  KAFKA_MEMBER,
  KAFKA_SEND,
  KEEP_ALIVE,
  LOCAL_ACTIVITY,
  MIGRATION_DATABASE,
  OUTBOX_LEASE,
  RECEIVE,
  REQUEST_DATABASE,
  SHUTDOWN,
  STALLED,
  STOP_GRACE,
  UPSTREAM_TIMEOUT,
  WORKFLOW_START,
  WORKFLOW_TASK_TIMEOUT,
} from '#contracts/values/deadlines.ts';
import type { DatabaseDeadlines } from '#contracts/values/deadlines.ts';

const useOf = ({ connect, query }: DatabaseDeadlines) => connect + query;

const nested: [inner: string, ms: number, outer: string, ms: number][] = [
  ['a statement of a request', REQUEST_DATABASE.statement, 'its query', REQUEST_DATABASE.query],
  ['a request’s use of PostgreSQL', useOf(REQUEST_DATABASE), 'gateway to service', UPSTREAM_TIMEOUT],
  ['a statement of a migration', MIGRATION_DATABASE.statement, 'its query', MIGRATION_DATABASE.query],
  ['a statement of an activity', ACTIVITY_DATABASE.statement, 'its query', ACTIVITY_DATABASE.query],
  ['an activity’s use of PostgreSQL', useOf(ACTIVITY_DATABASE), 'a local attempt', LOCAL_ACTIVITY.attempt],
  ['opening a connection', KAFKA_CONNECT.open, 'connecting to Kafka', KAFKA_CONNECT.whole],
  ['connecting to Kafka', KAFKA_CONNECT.whole, 'a send', KAFKA_SEND.whole],
  ['a connection and one request', KAFKA_CONNECT.open + KAFKA_SEND.request, 'a send', KAFKA_SEND.whole],
  ['a send', KAFKA_SEND.whole, 'a local attempt', LOCAL_ACTIVITY.attempt],
  ['a local attempt', LOCAL_ACTIVITY.attempt, 'all local attempts', LOCAL_ACTIVITY.whole],
  ['a local attempt', LOCAL_ACTIVITY.attempt, 'a regular attempt', ACTIVITY_ATTEMPT],
  ['all local attempts', LOCAL_ACTIVITY.whole, 'a workflow task', WORKFLOW_TASK_TIMEOUT],
  ['a start and its mark', WORKFLOW_START + useOf(ACTIVITY_DATABASE), 'the outbox lease', OUTBOX_LEASE],
  ['an empty fetch', KAFKA_FETCH.wait, 'its request', KAFKA_FETCH.request],
  ['a fetch', KAFKA_FETCH.request, 'the silence limit', KAFKA_MEMBER.silence],
  ['a heartbeat', KAFKA_MEMBER.heartbeat, 'the session', KAFKA_MEMBER.session],
  ['the session', KAFKA_MEMBER.session, 'the silence limit', KAFKA_MEMBER.silence],
  ['the gateway’s keep-alive', KEEP_ALIVE.gateway, 'the service’s', KEEP_ALIVE.service],
  ['a load balancer’s keep-alive', 600_000, 'the gateway’s to it', KEEP_ALIVE.edge],
  ['receiving the headers', RECEIVE.headers, 'receiving the request', RECEIVE.request],
  ['a service’s answer', UPSTREAM_TIMEOUT, 'a connection that stands still', STALLED],
  ['activities that stop', SHUTDOWN.activities, 'the worker that stops', SHUTDOWN.worker],
  ['relay and worker that stop', WORKFLOW_START + SHUTDOWN.worker + SHUTDOWN.spans, 'the grace', STOP_GRACE],
  ['requests that end', SHUTDOWN.requests + SHUTDOWN.spans, 'the grace', STOP_GRACE],
];

describe('nested deadlines', () => {
  for (const [inner, innerMs, outer, outerMs] of nested) {
    it(`${inner} ends before ${outer}`, () => {
      assert.ok(innerMs < outerMs, `${inner}: ${innerMs} ms, ${outer}: ${outerMs} ms`);
    });
  }
});
