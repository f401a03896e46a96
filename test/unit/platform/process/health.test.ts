import assert from 'node:assert/strict';
import { describeError } from '#platform/process/describe-error.ts';
import { createHealth } from '#platform/process/health.ts';

describe('the health of a process', () => {
  it('is ready with no roles to wait for', async () => {
    assert.deepEqual(await createHealth().report(), { ready: true, serving: true, roles: {} });
  });

  it('is not ready until every role has said that it is', async () => {
    const health = createHealth();
    const onRelay = health.role('relay');
    const onWorker = health.role('worker');
    assert.deepEqual(await health.report(), {
      ready: false,
      serving: true,
      roles: { relay: { ready: false, reason: 'starting' }, worker: { ready: false, reason: 'starting' } },
    });
    onRelay({ ready: true });
    assert.equal((await health.report()).ready, false);
    onWorker({ ready: true });
    assert.deepEqual(await health.report(), {
      ready: true,
      serving: true,
      roles: { relay: { ready: true }, worker: { ready: true } },
    });
  });

  it('says which role went away, and why', async () => {
    const health = createHealth();
    const onConsumer = health.role('consumer');
    onConsumer({ ready: true });
    onConsumer({ ready: false, reason: 'no answer from the broker' });
    assert.deepEqual(await health.report(), {
      ready: false,
      serving: true,
      roles: { consumer: { ready: false, reason: 'no answer from the broker' } },
    });
  });

  it('serves without what works in the background, and not without what requests need', async () => {
    const health = createHealth();
    health.role('consumer');
    const onSchema = health.role('schema', { serves: true });
    let away = true;
    const probe = async () => {
      if (away) throw new Error('connection refused');
    };
    health.check('database', probe, { serves: true });
    assert.equal((await health.report()).serving, false);
    onSchema({ ready: true });
    assert.equal((await health.report()).serving, false);
    away = false;
    const { ready, serving } = await health.report();
    assert.deepEqual({ ready, serving }, { ready: false, serving: true });
  });

  it('is ready with a warning, which it shows', async () => {
    const health = createHealth();
    health.check('database', async () => 'a snapshot is old');
    assert.deepEqual(await health.report(), {
      ready: true,
      serving: true,
      roles: { database: { ready: true, warning: 'a snapshot is old' } },
    });
  });

  it('asks its checks again for each report', async () => {
    const health = createHealth();
    let away = true;
    health.check('database', async () => {
      if (away) throw new Error('connection refused');
    });
    assert.deepEqual(await health.report(), {
      ready: false,
      serving: true,
      roles: { database: { ready: false, reason: 'connection refused' } },
    });
    away = false;
    assert.deepEqual(await health.report(), {
      ready: true,
      serving: true,
      roles: { database: { ready: true } },
    });
  });
});

describe('the reason that is shown of an outage', () => {
  it('is the message, or the first of several that have none in common', () => {
    assert.equal(describeError(new Error('refused')), 'refused');
    assert.equal(
      describeError(new AggregateError([new Error('refused at first'), new Error('refused')])),
      'refused at first',
    );
  });

  it('names no address of a part', () => {
    for (const [message, shown] of [
      ['connect ECONNREFUSED 10.0.0.5:5432', 'connect ECONNREFUSED'],
      ['connect ECONNREFUSED ::1:5432', 'connect ECONNREFUSED'],
      ['getaddrinfo ENOTFOUND postgres.internal', 'getaddrinfo ENOTFOUND'],
      ['Connection error: connect ETIMEDOUT [fd00::7]:9092', 'Connection error: connect ETIMEDOUT'],
      ['Failed to connect to broker kafka-1:9092 in time', 'Failed to connect to broker in time'],
      ['14 UNAVAILABLE: No connection established', '14 UNAVAILABLE: No connection established'],
      ['Temporal answered at 12:30 with 503', 'Temporal answered at 12:30 with 503'],
    ] as const) {
      assert.equal(describeError(new Error(message)), shown);
    }
  });

  it('names no password and no token', () => {
    for (const [message, shown] of [
      ['cannot open postgres://orders:secret@db/orders', 'cannot open postgres://db/orders'],
      ['refused Authorization: Bearer abc.DEF-1', 'refused Authorization: Bearer'],
      ['the token eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln is over', 'the token is over'],
    ] as const) {
      assert.equal(describeError(new Error(message)), shown);
    }
  });

  it('says in words what is wrong with TLS, by its code', () => {
    for (const [code, shown] of [
      ['CERT_HAS_EXPIRED', 'the certificate of the server has expired'],
      ['ERR_TLS_CERT_ALTNAME_INVALID', 'the certificate of the server is for another name'],
      ['ERR_SSL_WRONG_VERSION_NUMBER', 'the server does not speak TLS at this address'],
      ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'the server asks for a client certificate'],
      ['ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_UNKNOWN', 'the server refuses the client certificate'],
      ['ECONNRESET', 'error:0A000418:SSL routines:ssl3_read_bytes'],
    ] as const) {
      const error = Object.assign(new Error('error:0A000418:SSL routines:ssl3_read_bytes'), { code });
      assert.equal(describeError(error), shown);
      assert.equal(describeError(new Error(shown, { cause: error })), shown);
    }
  });

  it('names the causes too, each once and all in one line', () => {
    const answer = new Error('3 INVALID_ARGUMENT:\n no mapping for OrderId at 10.0.0.5:7233');
    const repeated = new Error(answer.message, { cause: answer });
    assert.equal(
      describeError(new Error('Failed to start Workflow', { cause: repeated })),
      'Failed to start Workflow: 3 INVALID_ARGUMENT: no mapping for OrderId at',
    );
    const unreached = new Error('connect ECONNREFUSED', {
      cause: new Error('connect ECONNREFUSED 10.0.0.5:5432'),
    });
    assert.equal(describeError(unreached), 'connect ECONNREFUSED');
    const refused = Object.assign(new Error('blob too large'), { code: 3, details: 'blob too large' });
    assert.equal(describeError(refused), 'INVALID_ARGUMENT: blob too large');
    const fetched = new TypeError('fetch failed', { cause: new AggregateError([new Error('refused')]) });
    assert.equal(describeError(fetched), 'fetch failed: refused');
    const circle = new Error('round');
    circle.cause = circle;
    assert.equal(describeError(circle), 'round');
  });

  it('is never empty', () => {
    assert.equal(describeError(new TypeError()), 'TypeError');
    assert.equal(describeError(new Error('gone', { cause: new TypeError() })), 'gone');
    assert.equal(describeError('gone'), 'gone');
    assert.equal(describeError(new AggregateError([])), 'AggregateError');
  });
});
