import type pg from 'pg';
import type { Topic } from '#platform/kafka/connect.ts';
import { consume } from '#platform/kafka/consumer.ts';
import { kafkaOf } from './peer-settings.ts';
import type { PeerSettings } from './peer-settings.ts';

/**
 * Consumes a topic in batches. Resolves when it has joined its group.
 * @param handle may get a message again, until it succeeds
 */
export async function consumeTopic(
  settings: PeerSettings,
  {
    topic,
    db,
    handle,
  }: { topic: Topic; db: pg.Pool; handle: (values: readonly string[]) => Promise<unknown> },
): Promise<void> {
  const joined = Promise.withResolvers<void>();
  consume({
    ...kafkaOf(settings),
    groupId: `${topic.name}.consumers`,
    topics: [topic],
    onBatch: async (messages) => void (await handle(messages.map(({ value }) => String(value)))),
    onState: (state) => {
      if (state.ready) joined.resolve();
    },
    probe: async () => void (await db.query('select')),
  });
  await joined.promise;
}
