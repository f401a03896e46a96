import { createPublicKey } from 'node:crypto';
import { z } from 'zod';
import { currency } from '#contracts/http/wire.ts';
import { byFile } from '#platform/process/config.ts';
import { processSettings } from '#platform/process/process-settings.ts';
import { flag, httpUrl, seconds } from '#platform/process/settings.ts';
import { isLoopback } from './identity/is-loopback.ts';

const list = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((part) => part.trim() || []));

const wrongTemplate = 'must be an http:// or https:// URL with {traceId} in it';

const perSecond = z.coerce.number().int().min(1);

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

const environment = processSettings.extend({
  ENVIRONMENT: z.string().default('production'),
  ORDERS_URL: httpUrl,
  PAYMENTS_URL: httpUrl,
  WORKFLOWS_URL: httpUrl,
  /** Where `npm start` accepts load and faults. Never set it in production. */
  STACK_URL: httpUrl.optional(),
  /** Temporal's Web UI, at the URL that a browser reaches: for the dashboard's links. */
  TEMPORAL_UI_URL: httpUrl.optional(),
  TEMPORAL_NAMESPACE: z.string().default('gozon'),
  /** Whether operators may have payloads decrypted, for Temporal's Web UI. */
  PAYLOAD_DECODING: flag,
  /** Where a browser finds a trace: for the dashboard's links. */
  TRACE_URL_TEMPLATE: z.string().refine(isTemplate, { error: wrongTemplate }).optional(),
  CURRENCY: currency.default('EUR'),
  IDENTITY: z.enum(['dev', 'jwt'], { error: 'must be dev or jwt' }).default('dev'),
  /** With IDENTITY=dev: names that it answers to beside addresses and localhost, comma-separated. */
  ALLOWED_HOSTS: list.transform((names) => names.map((name) => name.toLowerCase())),
  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().optional(),
  JWT_ALGORITHMS: z
    .string()
    .default('RS256,ES256,EdDSA')
    .transform((text) => text.split(','))
    .refine((names) => names.every((name) => ALGORITHMS.includes(name)), {
      error: `must be of ${ALGORITHMS.join(', ')}, comma-separated`,
    }),
  /** What the header `typ` of a token must say. */
  JWT_TYPE: z.string().optional(),
  JWKS_URL: httpUrl.optional(),
  /** How long the keys that were fetched stay good while their issuer is away. */
  JWKS_KEEP_SECONDS: seconds.default(86_400),
  JWT_PUBLIC_KEY: z
    .string()
    .refine(isPublicKey, { error: 'must be a public key in PEM' })
    .optional()
    .register(byFile),
  /** Origins whose pages may call the API, comma-separated. */
  CORS_ORIGINS: list,
  RATE_LIMIT_PER_USER: perSecond.default(50),
  RATE_LIMIT_PER_ADDRESS: perSecond.default(200),
  /** How many proxies stand in front of the gateway. As many entries of X-Forwarded-For, from the right, are trusted. */
  TRUSTED_PROXIES: z.coerce.number().int().min(0).default(0),
});

function isTemplate(text: string): boolean {
  return text.includes('{traceId}') && httpUrl.safeParse(text.replaceAll('{traceId}', '0')).success;
}

function isPublicKey(pem: string): boolean {
  try {
    // createPublicKey would also accept a private key, which must not be in the gateway's settings.
    return pem.includes('PUBLIC KEY') && createPublicKey(pem).type === 'public';
  } catch {
    return false;
  }
}

/**
 * The gateway's settings. IDENTITY=jwt requires everything that a token is checked against, and forbids STACK_URL. Unless
 * ENVIRONMENT is dev, IDENTITY must be jwt: its default, dev, makes every client an operator, and is easily forgotten.
 */
export const gatewaySettings = environment.superRefine((config, ctx) => {
  if (config.IDENTITY === 'dev') {
    if (config.ENVIRONMENT === 'dev') return;
    const message =
      'must be jwt unless ENVIRONMENT is dev: its default, dev, lets a client name any user unchecked';
    ctx.addIssue({ code: 'custom', path: ['IDENTITY'], message });
    return;
  }
  const missing = [
    ...(config.JWT_ISSUER === undefined ? ['JWT_ISSUER'] : []),
    ...(config.JWT_AUDIENCE === undefined ? ['JWT_AUDIENCE'] : []),
    ...((config.JWKS_URL ?? config.JWT_PUBLIC_KEY) === undefined ? ['JWKS_URL'] : []),
  ];
  for (const name of missing) {
    ctx.addIssue({ code: 'custom', path: [name], message: 'is required with IDENTITY=jwt' });
  }
  if (config.JWKS_URL !== undefined && config.ENVIRONMENT !== 'dev' && !isPrivate(config.JWKS_URL)) {
    const message = 'must be https unless ENVIRONMENT is dev: the keys could be replaced on their way';
    ctx.addIssue({ code: 'custom', path: ['JWKS_URL'], message });
  }
  if (config.STACK_URL !== undefined) {
    const message = 'must not be set with IDENTITY=jwt: it lets operators kill the processes of the system';
    ctx.addIssue({ code: 'custom', path: ['STACK_URL'], message });
  }
});

/** Whether nobody on the way can read or change what a URL answers. */
function isPrivate(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || isLoopback(hostname);
}
