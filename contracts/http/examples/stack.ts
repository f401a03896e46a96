import type { Examples } from './example.ts';

const state = {
  parts: ['postgres', 'kafka', 'temporal', 'payments', 'orders', 'workflows', 'gateway'].map((name) => ({
    name,
    state: name === 'kafka' ? 'paused' : 'running',
    pausedUntil: name === 'kafka' ? '2026-11-22T21:04:50.000Z' : null,
  })),
  load: {
    running: true,
    ratePerSecond: 20,
    seconds: 30,
    acknowledged: 214,
    refused: 0,
    unanswered: 0,
    repeats: 0,
  },
  events: [{ at: '2026-11-22T21:04:40.000Z', kind: 'fault', text: 'kafka paused for 10 s' }],
};

export const stackExamples: Examples = {
  getStack: { reply: state },
  fault: { body: { part: 'kafka', fault: 'pause', seconds: 10 }, reply: state },
  startLoad: { body: { ratePerSecond: 20, seconds: 30 }, reply: state },
  stopLoad: { reply: state },
  deliverTwice: { body: { rows: 20 }, reply: { rows: 20 } },
};
