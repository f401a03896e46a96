import type { Examples } from './example.ts';

const payload = {
  metadata: { encoding: 'anNvbi9wbGFpbg==' },
  data: 'IlBheSAxOS45OSBFVVIi',
};

export const codecExamples: Examples = {
  decodePayloads: { body: { payloads: [payload] }, reply: { payloads: [payload] } },
};
