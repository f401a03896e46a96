/** What was asked of Kafka. */
export interface KafkaUse {
  readonly right: 'Create' | 'Read' | 'Write';
  readonly topic: string;
  readonly groupId?: string;
}

/** By the broker's error code: what is wrong, and so what to do. */
const REFUSALS: Readonly<Record<string, (use: KafkaUse) => string>> = {
  TOPIC_AUTHORIZATION_FAILED: ({ right, topic }) => lacks(right, `the topic ${topic}`),
  GROUP_AUTHORIZATION_FAILED: ({ groupId }) => lacks('Read', `the group ${groupId}`),
  CLUSTER_AUTHORIZATION_FAILED: ({ right, topic }) => lacks(right, `the cluster, for the topic ${topic}`),
  MESSAGE_TOO_LARGE: tooLarge,
  RECORD_LIST_TOO_LARGE: tooLarge,
  UNSUPPORTED_SASL_MECHANISM: () =>
    'Kafka does not offer the mechanism of KAFKA_SASL_MECHANISM at this address',
  ILLEGAL_SASL_STATE: () => 'Kafka takes no login at this address, and KAFKA_SASL_MECHANISM is set',
  UNKNOWN_TOPIC_OR_PARTITION: ({ topic }) => `Kafka has no topic ${topic}`,
};

function lacks(right: string, resource: string): string {
  return `Kafka refuses: this user lacks the right ${right} on ${resource}`;
}

function tooLarge({ topic }: KafkaUse): string {
  return `Kafka refuses a message as too large for the topic ${topic}: raise its max.message.bytes`;
}

/** An error that says what Kafka refused, and the cause; the error itself if it is another one. */
export function explainRefusal(error: unknown, use: KafkaUse): unknown {
  const explain = REFUSALS[codeOf(error) ?? ''];
  return explain ? new Error(explain(use), { cause: error }) : error;
}

/** kafkajs wraps the error of the broker in others. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { type, errors } = error as { type?: unknown; errors?: readonly unknown[] };
  if (typeof type === 'string') return type;
  return codeOf(error.cause) ?? codeOf(errors?.[0]);
}
