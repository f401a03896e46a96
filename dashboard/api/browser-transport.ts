import { fetchTransport } from '@gozon/client';
import type { OpenStream, Send } from '@gozon/client';
import { saveReply } from './save-reply.ts';
import { noteServerTime } from './server-clock.ts';

/** Saves what a path answers as a file. @throws ApiProblem, or a network error where it did not come to its end */
export type Save = (this: void, path: string) => Promise<void>;

/** Sends with the browser's fetch. @param identity the headers that say who asks */
export function browserTransport(identity: Readonly<Record<string, string>>): {
  readonly send: Send;
  readonly open: OpenStream;
  readonly save: Save;
} {
  return {
    ...fetchTransport({
      headers: identity,
      onReply: ({ headers }) => noteServerTime(headers.get('date')),
    }),
    save: async (path) => saveReply(await fetch(path, { headers: { ...identity }, cache: 'no-store' })),
  };
}
