import { z } from 'zod';
import { ConfigError, byFile, requiredWith } from '../process/config.ts';
import { certificate, isPair, privateKey } from '../process/pem.ts';
import { flag, HOST_AND_PORT, required } from '../process/settings.ts';
import type { KafkaOptions, KafkaTls } from './connect.ts';

/** host:port, comma-separated. */
const brokerList = z
  .string(required)
  .transform((list) => list.split(','))
  .refine((brokers) => brokers.every((broker) => HOST_AND_PORT.test(broker)), {
    error: 'must be host:port, comma-separated',
  });

/** Where Kafka is, and how to authenticate. */
export const kafkaSettings = {
  KAFKA_BROKERS: brokerList,
  /** Implied by the following. Alone it asks for TLS with the authorities of Node and of NODE_EXTRA_CA_CERTS. */
  KAFKA_TLS: flag,
  KAFKA_TLS_CA: certificate.optional().register(byFile),
  KAFKA_TLS_CERT: certificate.optional().register(byFile).register(requiredWith, ['KAFKA_TLS_KEY']),
  KAFKA_TLS_KEY: privateKey.optional().register(byFile).register(requiredWith, ['KAFKA_TLS_CERT']),
  KAFKA_SASL_MECHANISM: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'], {
      error: 'must be plain, scram-sha-256 or scram-sha-512',
    })
    .optional()
    .register(requiredWith, ['KAFKA_USERNAME', 'KAFKA_PASSWORD']),
  KAFKA_USERNAME: z.string().default('').register(requiredWith, ['KAFKA_SASL_MECHANISM', 'KAFKA_PASSWORD']),
  KAFKA_PASSWORD: z
    .string()
    .default('')
    .register(requiredWith, ['KAFKA_SASL_MECHANISM', 'KAFKA_USERNAME'])
    .register(byFile),
};

/** The options of a Kafka client, from a process's settings. @throws ConfigError for the key of another certificate */
export function kafkaAccess(
  config: z.output<z.ZodObject<typeof kafkaSettings>>,
): Pick<KafkaOptions, 'brokers' | 'tls' | 'sasl'> {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_USERNAME: username, KAFKA_PASSWORD: password } = config;
  return {
    brokers: config.KAFKA_BROKERS,
    tls: tlsOf(config),
    sasl: mechanism && { mechanism, username, password },
  };
}

function tlsOf(config: z.output<z.ZodObject<typeof kafkaSettings>>): KafkaTls | boolean {
  const { KAFKA_TLS_CA: ca, KAFKA_TLS_CERT: cert, KAFKA_TLS_KEY: key } = config;
  if (cert && key && !isPair({ cert, key }))
    throw new ConfigError('Settings are wrong. KAFKA_TLS_KEY: is not the key of KAFKA_TLS_CERT.');
  const tls = { ...(ca && { ca }), ...(cert && key && { cert, key }) };
  return Object.keys(tls).length > 0 ? tls : config.KAFKA_TLS;
}
