import { readFileSync } from 'node:fs';
import type { TLSConfig } from '@temporalio/client';
import { loadClientConfigProfile, loadConfigData, toClientOptions } from '@temporalio/envconfig';
import type { ClientConfigProfile } from '@temporalio/envconfig';
import { z } from 'zod';
import { ConfigError, byFile, renamed, requiredWith } from '#platform/process/config.ts';
import { certificate, certificateFile, isPair, privateKey, privateKeyFile } from '#platform/process/pem.ts';
import { HOST_AND_PORT, isReadable } from '#platform/process/settings.ts';
import { namespace as ours } from './namespace.ts';

/**
 * Where Temporal is and how to authenticate, by the names that all of Temporal's tools and SDKs read
 * (docs.temporal.io/develop/environment-configuration): plain, with TLS, with a client certificate, or with an API key.
 * TEMPORAL_GRPC_META_<NAME> beside them adds a header.
 */
export const temporalSettings = {
  TEMPORAL_ADDRESS: z.string().regex(HOST_AND_PORT, { error: 'must be host:port' }).optional(),
  TEMPORAL_NAMESPACE: z.string().optional(),
  /** Implied by any of the settings below. Alone it asks for TLS with the authorities of the system. */
  TEMPORAL_TLS: z.enum(['true', 'false'], { error: 'must be true or false' }).optional(),
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: certificateFile.optional().register(renamed, { from: 'TEMPORAL_TLS_CA' }),
  TEMPORAL_TLS_SERVER_CA_CERT_DATA: certificate.optional(),
  TEMPORAL_TLS_CLIENT_CERT_PATH: certificateFile.optional().register(renamed, { from: 'TEMPORAL_TLS_CERT' }),
  TEMPORAL_TLS_CLIENT_CERT_DATA: certificate.optional(),
  TEMPORAL_TLS_CLIENT_KEY_PATH: privateKeyFile.optional().register(renamed, { from: 'TEMPORAL_TLS_KEY' }),
  TEMPORAL_TLS_CLIENT_KEY_DATA: privateKey.optional(),
  TEMPORAL_TLS_SERVER_NAME: z.string().optional(),
  /** The SDK for TypeScript knows the name and verifies all the same. */
  TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: z
    .literal('false', {
      error:
        'must not be set: the host is always verified, by TEMPORAL_TLS_SERVER_NAME if it has another name',
    })
    .optional(),
  TEMPORAL_API_KEY: z.string().min(1, { error: 'must not be empty' }).optional().register(byFile),
  /** A TOML file of profiles, as `temporal config` writes it. What the environment says comes first. */
  TEMPORAL_CONFIG_FILE: z
    .string()
    .refine(isReadable, { error: 'must be the path of a file that can be read' })
    .optional(),
  TEMPORAL_PROFILE: z.string().optional().register(requiredWith, ['TEMPORAL_CONFIG_FILE']),
};

type TemporalSettings = z.output<z.ZodObject<typeof temporalSettings>>;

/** How `Connection` and `NativeConnection` connect. */
export interface TemporalAccess {
  readonly address: string;
  readonly tls: TLSConfig | boolean;
  readonly metadata?: Record<string, string>;
  readonly apiKey?: string;
  /** Holds the API key, which may be another one tomorrow: see api-key.ts. */
  readonly apiKeyFile?: string;
}

/**
 * What the settings say, with the certificates that they name.
 * @throws ConfigError when they contradict each other, or when nothing tells the address
 */
export function temporalAccess(
  config: TemporalSettings,
  environment: NodeJS.ProcessEnv = process.env,
): { access: TemporalAccess; namespace: string } {
  refuseContradictions(config);
  const { address, namespace = ours.name, tls, metadata, apiKey } = readProfile(config, environment);
  if (!address) refuse('TEMPORAL_ADDRESS', 'is required');
  if (!HOST_AND_PORT.test(address))
    refuse('TEMPORAL_CONFIG_FILE', `has the address ${address}, which must be host:port`);
  const { TEMPORAL_API_KEY_FILE: apiKeyFile } = environment;
  return {
    namespace,
    access: {
      address,
      tls,
      ...(metadata && { metadata }),
      ...(apiKey && { apiKey }),
      ...(apiKeyFile && { apiKeyFile }),
    },
  };
}

function refuseContradictions(config: TemporalSettings): void {
  const told = (Object.keys(temporalSettings) as (keyof TemporalSettings)[]).filter((name) => config[name]);
  for (const name of ['SERVER_CA_CERT', 'CLIENT_CERT', 'CLIENT_KEY'] as const) {
    const [data, path] = [`TEMPORAL_TLS_${name}_DATA`, `TEMPORAL_TLS_${name}_PATH`] as const;
    if (config[data] && config[path]) refuse(data, `must not be set beside ${path}`);
  }
  const needsTls = told.find((name) => name.startsWith('TEMPORAL_TLS_'));
  if (config.TEMPORAL_TLS === 'false' && needsTls)
    refuse('TEMPORAL_TLS', `must not be false with ${needsTls}`);
}

/**
 * The environment, and behind it the profile of a file. A file is read only if it is named: one in the home directory of
 * a developer must not change what a process of ours does.
 */
function readProfile(config: TemporalSettings, environment: NodeJS.ProcessEnv) {
  const { TEMPORAL_CONFIG_FILE: file, TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: _never, ...others } = config;
  const headers = Object.entries(environment).filter(([name]) => name.startsWith('TEMPORAL_GRPC_META_'));
  const told = [...Object.entries(others), ...headers].filter(([, value]) => value !== undefined);
  try {
    const profile = loadClientConfigProfile({
      ...(file
        ? { configSource: { data: readFileSync(file) }, configFileStrict: true }
        : { disableFile: true }),
      overrideEnvVars: Object.fromEntries(told) as Record<string, string>,
    });
    requirePair(profile);
    const { tls } = toClientOptions(profile).connectionOptions;
    return { ...profile, tls: tls ?? false, metadata: profile.grpcMeta };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    // The message of a parser shows lines of the file, which may hold a key.
    const { line, message } = error as Error & { line?: number };
    return refuse(
      'TEMPORAL_CONFIG_FILE',
      line === undefined ? `cannot be used: ${message}` : `is no TOML in line ${line}`,
    );
  }
}

/** The SDK would leave out half of a pair, and pass on one that does not fit. */
function requirePair({ tls: { clientCert, clientKey } = {} }: ClientConfigProfile): void {
  const [cert, key] = [loadConfigData(clientCert), loadConfigData(clientKey)];
  if (!cert && key) refuse('TEMPORAL_TLS_CLIENT_CERT_PATH', 'is required with a client key');
  if (!key && cert) refuse('TEMPORAL_TLS_CLIENT_KEY_PATH', 'is required with a client certificate');
  if (cert && key && !isPair({ cert, key }))
    refuse('TEMPORAL_TLS_CLIENT_KEY_PATH', 'is not the key of the client certificate');
}

function refuse(name: string, fault: string): never {
  throw new ConfigError(`Settings are wrong. ${name}: ${fault}.`);
}
