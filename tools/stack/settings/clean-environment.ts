/**
 * The environment of PostgreSQL, Kafka and Temporal: nothing of the developer's own (PGPORT, TEMPORAL_ADDRESS,
 * KAFKA_OPTS …).
 */
export function cleanEnvironment(home: string): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: home, LANG: 'C.UTF-8', TZ: 'UTC' };
}
