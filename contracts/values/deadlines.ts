// Deadlines that lie inside each other, in ms: a caller must give up after what it calls, or it learns nothing.
// test/unit/contracts/deadlines.test.ts holds the nesting.

/**
 * How long one use of PostgreSQL may take. The server gives up on a statement before the client gives up on the server,
 * and connecting is bounded too. With the server's bound alone a half-open link would hold its caller indefinitely: the
 * server's error never arrives.
 */
export interface DatabaseDeadlines {
  readonly connect: number;
  /** PostgreSQL's `statement_timeout`. */
  readonly statement: number;
  /** From the client's side. */
  readonly query: number;
}

/** While a request waits, inside {@link UPSTREAM_TIMEOUT}. */
export const REQUEST_DATABASE: DatabaseDeadlines = { connect: 1_500, statement: 2_500, query: 3_000 };

/** While an activity or the relay waits, inside {@link LOCAL_ACTIVITY} and {@link OUTBOX_LEASE}. */
export const ACTIVITY_DATABASE: DatabaseDeadlines = { connect: 1_000, statement: 1_000, query: 1_500 };

/** A migration may rewrite a table; a request cannot wait that long. */
export const MIGRATION_DATABASE: DatabaseDeadlines = { connect: 2_000, statement: 300_000, query: 310_000 };

/** Opening a connection to Kafka, and the whole of connecting: with the first answer and the authentication. */
export const KAFKA_CONNECT = { open: 1_000, whole: 2_000 } as const;

/** One request of a send, and the whole send with its connection and its second try, inside {@link LOCAL_ACTIVITY}. */
export const KAFKA_SEND = { request: 1_500, whole: 2_700 } as const;

/** How long the broker may hold back a fetch that finds nothing, and how long the consumer waits for its reply. */
export const KAFKA_FETCH = { wait: 1_000, request: 4_000 } as const;

/**
 * A member of a consumer group. kafkajs's default session of 30 s would leave a killed copy's partitions idle for as
 * long; 6 s is the least that a broker allows. `silence` is how long a consumer may neither fetch nor heartbeat before
 * its link counts as half-open: kafkajs alone would wait for TCP to notice.
 */
export const KAFKA_MEMBER = { heartbeat: 1_500, session: 6_000, silence: 8_000 } as const;

/** An attempt of a step as a local activity, and all its attempts, inside {@link WORKFLOW_TASK_TIMEOUT}. */
export const LOCAL_ACTIVITY = { attempt: 3_000, whole: 4_000 } as const;

/** An attempt of a step as a regular activity, which is tried until it succeeds. */
export const ACTIVITY_ATTEMPT = 5_000;

/** An eager task that is lost with its worker comes back only after this. At 1 s overload ran work twice. */
export const WORKFLOW_TASK_TIMEOUT = 5_000;

/** How long a relay owns the rows that it has claimed. It outlasts a start and the mark in the database after it. */
export const OUTBOX_LEASE = 10_000;

/** The start of one workflow: shorter than the lease, so that a row is never started twice at the same time. */
export const WORKFLOW_START = 5_000;

/** One attempt to connect to Temporal. Where packets are dropped, the SDK would try one connection for minutes. */
export const TEMPORAL_CONNECT = 10_000;

/** How long a service may be silent towards the gateway: longer than the service's own deadlines, so its reply wins. */
export const UPSTREAM_TIMEOUT = 10_000;

/**
 * How long an idle connection is kept: between gateway and service by each side, and by the gateway's `edge` to its clients.
 * The server keeps it longer than its client, so that it never closes a connection on which a request is being sent. The
 * edge outlasts load balancers, which end an idle connection after 60 s (nginx, AWS) or 600 s (Google Cloud).
 */
export const KEEP_ALIVE = { gateway: 30_000, service: 65_000, edge: 620_000 } as const;

/** How long a client may take to send the headers, and the whole request. */
export const RECEIVE = { headers: 10_000, request: 15_000 } as const;

/**
 * How long a connection may stand still in the middle of a request or a reply, as nginx's `send_timeout` does: its client
 * sends nothing, and reads nothing. It outlasts a service's answer and the pauses of a stream.
 */
export const STALLED = 60_000;

/**
 * How long an orderly stop may take: the requests under way, the activities under way, the worker as a whole, and after all of
 * that the last spans.
 */
export const SHUTDOWN = { requests: 10_000, activities: 5_000, worker: 6_000, spans: 1_000 } as const;

/** How long after SIGTERM a process is killed. docker-compose.yml and docs/operations/upgrades.md give 20 s. */
export const STOP_GRACE = 15_000;
