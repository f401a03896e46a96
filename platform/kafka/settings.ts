import { z } from 'zod';
import { byFile, requiredWith } from '../process/config.ts';
import { flag, required } from '../process/settings.ts';
import type { KafkaOptions } from './connect.ts';

/** host:port, comma-separated. */
const brokerList = z
  .string(required)
  .regex(/^[^\s,]+:\d+(,[^\s,]+:\d+)*$/, { error: 'must be host:port, comma-separated' })
  .transform((list) => list.split(','));

/** Where Kafka is, and how to authenticate. NODE_EXTRA_CA_CERTS names additional trusted certificates. */
export const kafkaSettings = {
  KAFKA_BROKERS: brokerList,
  KAFKA_TLS: flag,
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

/** The options of a Kafka client, from a process's settings. */
export function kafkaAccess(
  config: z.output<z.ZodObject<typeof kafkaSettings>>,
): Pick<KafkaOptions, 'brokers' | 'tls' | 'sasl'> {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_USERNAME: username, KAFKA_PASSWORD: password } = config;
  return {
    brokers: config.KAFKA_BROKERS,
    tls: config.KAFKA_TLS,
    sasl: mechanism && { mechanism, username, password },
  };
}
