import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { explainRefusal } from '#platform/kafka/explain-refusal.ts';
import { classifyError } from '#platform/process/classify-error.ts';
import { describeError } from '#platform/process/describe-error.ts';

interface Errors {
  readonly createErrorFromCode: (code: number) => Error;
}
interface Wrappers {
  readonly KafkaJSNonRetriableError: new (error: Error, options: { cause: Error }) => Error;
}

describe('a refusal of Kafka', () => {
  const load = createRequire(import.meta.resolve('kafkajs'));
  const { createErrorFromCode } = load('kafkajs/src/protocol/error.js') as Errors;
  const { KafkaJSNonRetriableError } = load('kafkajs/src/errors.js') as Wrappers;
  const use = { right: 'Write', topic: 'letters', groupId: 'readers' } as const;

  // By number: kafka.apache.org/protocol#protocol_error_codes
  const refusals: [code: number, said: string][] = [
    [29, 'Kafka refuses: this user lacks the right Write on the topic letters'],
    [30, 'Kafka refuses: this user lacks the right Read on the group readers'],
    [31, 'Kafka refuses: this user lacks the right Write on the cluster, for the topic letters'],
    [10, 'Kafka refuses a message as too large for the topic letters: raise its max.message.bytes'],
  ];
  for (const [code, said] of refusals) {
    it(`with code ${code} says: ${said}`, () => {
      const cause = createErrorFromCode(code);
      for (const error of [cause, new KafkaJSNonRetriableError(cause, { cause })]) {
        const explained = explainRefusal(error, use);
        assert.equal(describeError(explained), `${said}: ${cause.message}`);
        assert.equal((explained as Error).cause, error);
        assert.equal(classifyError(explained), 'refusal');
      }
    });
  }

  it('is left as it is when it is another', () => {
    for (const error of [new Error('Kafka is away'), createErrorFromCode(5), 'text']) {
      assert.equal(explainRefusal(error, use), error);
    }
  });
});
