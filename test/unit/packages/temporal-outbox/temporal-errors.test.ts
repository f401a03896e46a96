import assert from 'node:assert/strict';
import { status } from '@grpc/grpc-js';
import { ServiceError } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { classifyFailure, describeError } from '#packages/temporal-outbox/src/temporal-errors.ts';
import { classifyError } from '#platform/process/classify-error.ts';

/** As the SDK gives an answer of the server: in the cause. */
function answer(code: status, details = 'the words of the server'): ServiceError {
  const cause = Object.assign(new Error(details), { code, details, metadata: {} });
  return new ServiceError('Failed to start Workflow', { cause });
}

const codes = Object.values(status).filter((code) => typeof code === 'number' && code !== status.OK);

describe('an error of a dispatch', () => {
  for (const code of codes as status[]) {
    it(`means for the relay what it means elsewhere: ${status[code]}`, () => {
      const error = answer(code);
      const elsewhere = classifyError(error) === 'refusal' ? 'refused' : 'away';
      assert.equal(classifyFailure(error), code === status.RESOURCE_EXHAUSTED ? 'limited' : elsewhere);
    });
  }

  it('is an outage when the namespace is not known yet, and unknown when it is no answer', () => {
    assert.equal(classifyFailure(new NamespaceNotFoundError('shop')), 'away');
    assert.equal(classifyFailure(new TypeError('a bug')), 'unknown');
    assert.equal(classifyFailure('a text'), 'unknown');
  });

  it('is described with the words of the server', () => {
    assert.equal(
      describeError(answer(status.INVALID_ARGUMENT, 'no such task queue')),
      'Failed to start Workflow: no such task queue',
    );
    assert.equal(describeError('a text'), 'a text');
    const wordless = new NamespaceNotFoundError('shop');
    wordless.message = '';
    assert.equal(describeError(new Error('no such run', { cause: wordless })), 'no such run');
    assert.equal(describeError(wordless), 'NamespaceNotFoundError');
  });
});
