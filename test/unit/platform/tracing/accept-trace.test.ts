import assert from 'node:assert/strict';
import { fromTraceText, toTraceText, traceIdOf, withTrace } from '#contracts/values/trace-context.ts';
import { acceptTrace, newTrace } from '#platform/tracing/accept-trace.ts';

const ids = '0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331';
const given = `00-${ids}-01`;

describe('a traceparent', () => {
  it('that is well-formed is handed on, with its tracestate', () => {
    const trace = { traceparent: given, tracestate: 'congo=t61rcWkgMzE,fw529a3039@dt=FfAT~;1' };
    assert.deepEqual(acceptTrace(trace), trace);
    assert.deepEqual(acceptTrace({ traceparent: given }), { traceparent: given });
    assert.equal(traceIdOf(trace), '0af7651916cd43dd8448eb211c80319c');
  });

  it('of a new trace says that nobody records it', () => {
    const made = newTrace();
    assert.match(made.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    assert.deepEqual(acceptTrace(made), made);
    assert.notEqual(newTrace().traceparent, made.traceparent);
  });

  it('of a version to come is read as one of this version', () => {
    assert.deepEqual(acceptTrace({ traceparent: `01-${ids}-ff-what-comes` }), { traceparent: given });
    assert.deepEqual(acceptTrace({ traceparent: `cc-${ids}-02` }), { traceparent: `00-${ids}-00` });
  });

  const malformed: Record<string, string | undefined> = {
    'is absent': undefined,
    'is empty': '',
    'is of the version that is none': `ff-${ids}-01`,
    'has an id of zeros': `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    'has a parent of zeros': `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`,
    'is in capitals': given.toUpperCase(),
    'is too long': `${given}-00`,
    'is too long, for a version to come': `01-${ids}-01.`,
    'is sent twice': `${given}, ${given}`,
    'would break a log line': `${given}\n`,
  };
  for (const [fault, traceparent] of Object.entries(malformed)) {
    it(`that ${fault} is none, and its tracestate neither`, () => {
      const trace = { ...(traceparent !== undefined && { traceparent }), tracestate: 'congo=1' };
      assert.equal(acceptTrace(trace), undefined);
    });
  }
});

describe('a tracestate', () => {
  const accept = (tracestate: string) => acceptTrace({ traceparent: given, tracestate })?.tracestate;

  it('loses what separates its members, and keeps their order', () => {
    assert.equal(accept(' b=2 ,,\ta=1 '), 'b=2,a=1');
  });

  for (const malformed of ['a', 'A=1', 'a=', 'a=1=2', 'a=1,a=2', 'a=ü', 'a=1\nb', 'a@b@c=1', '=1']) {
    it(`is dropped as a whole with ${JSON.stringify(malformed)}`, () => {
      assert.equal(accept(`congo=1,${malformed}`), undefined);
    });
  }

  it('is dropped with more than 32 members', () => {
    const members = Array.from({ length: 33 }, (_, index) => `m${index}=1`);
    assert.equal(accept(members.slice(1).join(',')), members.slice(1).join(','));
    assert.equal(accept(members.join(',')), undefined);
  });

  it('of more than 512 characters loses its long members, then its last ones', () => {
    const member = (key: string, length: number) => `${key}=`.padEnd(length, 'x');
    const long = member('long', 129);
    const short = ['a', 'b', 'c', 'd', 'e'].map((key) => member(key, 110));
    assert.equal(accept([long, ...short].join(',')), short.slice(0, 4).join(','));
    assert.equal(accept([long, ...short.slice(0, 3)].join(',')), [long, ...short.slice(0, 3)].join(','));
  });
});

describe('a trace context', () => {
  it('is one text with a space before its tracestate', () => {
    assert.equal(toTraceText({ traceparent: given, tracestate: 'a=1' }), `${given} a=1`);
    assert.equal(toTraceText({ traceparent: given, tracestate: null }), given);
    for (const tracestate of ['a=1', 'a=of two words,b=2']) {
      assert.deepEqual(fromTraceText(`${given} ${tracestate}`), { traceparent: given, tracestate });
    }
    assert.deepEqual(fromTraceText(given), { traceparent: given });
  });

  it('replaces another as a whole', () => {
    const other = { amount: 1, traceparent: `00-${ids}-00`, tracestate: 'a=1' };
    assert.deepEqual(JSON.parse(JSON.stringify(withTrace(other, { traceparent: given }))), {
      amount: 1,
      traceparent: given,
    });
  });
});
