import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { encryptPayloads } from './encrypt-payloads.ts';
import type { PayloadKeys } from './payload-keys.ts';

/**
 * How all clients and workers convert what Temporal stores: without keys as the SDK does, in plain JSON. With keys payloads are
 * encrypted, and so are the messages and stacks of failures, which become payloads for that.
 */
export function dataConverter(keys: PayloadKeys | undefined): DataConverter {
  if (!keys) return {};
  return {
    payloadCodecs: [encryptPayloads(keys)],
    failureConverterPath: fileURLToPath(new URL('encoded-failures.ts', import.meta.url)),
  };
}
