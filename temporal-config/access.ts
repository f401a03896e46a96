import { readFileSync } from 'node:fs';
import type { TLSConfig } from '@temporalio/client';
import { z } from 'zod';
import { byFile, requiredWith } from '#platform/process/config.ts';
import { flag } from '#platform/process/settings.ts';
import { namespace } from './namespace.ts';

/** Temporal's address and how to authenticate: plain, with TLS, with a client certificate, or with an API key. */
export const temporalSettings = {
  TEMPORAL_ADDRESS: z.string().regex(/^\S+:\d+$/, { error: 'must be host:port' }),
  TEMPORAL_NAMESPACE: z.string().default(namespace.name),
  /** Implied by any of the settings below. */
  TEMPORAL_TLS: flag,
  /** Paths of PEM files. */
  TEMPORAL_TLS_CA: z.string().optional(),
  TEMPORAL_TLS_CERT: z.string().optional().register(requiredWith, ['TEMPORAL_TLS_KEY']),
  TEMPORAL_TLS_KEY: z.string().optional().register(requiredWith, ['TEMPORAL_TLS_CERT']),
  TEMPORAL_API_KEY: z.string().optional().register(byFile),
};

/** How `Connection` and `NativeConnection` connect. */
export interface TemporalAccess {
  readonly address: string;
  readonly tls: TLSConfig | boolean;
  readonly apiKey?: string;
}

/** Reads the certificates that the settings name. @throws Error when a file is missing */
export function temporalAccess(config: z.output<z.ZodObject<typeof temporalSettings>>): TemporalAccess {
  const {
    TEMPORAL_TLS_CA: ca,
    TEMPORAL_TLS_CERT: crt,
    TEMPORAL_TLS_KEY: key,
    TEMPORAL_API_KEY: apiKey,
  } = config;
  const files: TLSConfig = {
    ...(ca && { serverRootCACertificate: readFileSync(ca) }),
    ...(crt && key && { clientCertPair: { crt: readFileSync(crt), key: readFileSync(key) } }),
  };
  const isPlain = !config.TEMPORAL_TLS && !apiKey && Object.keys(files).length === 0;
  return { address: config.TEMPORAL_ADDRESS, tls: isPlain ? false : files, ...(apiKey && { apiKey }) };
}
