import { DefaultFailureConverter } from '@temporalio/common';

/** Makes payloads of the messages and stacks of failures, which the codec then encrypts. The SDK loads it by this name. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
