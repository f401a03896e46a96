/** macOS knows no C.UTF-8, and PostgreSQL does not start there in a locale that it does not know. */
const LANGUAGE = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8';

/**
 * The environment of PostgreSQL, Kafka and Temporal: nothing of the developer's own (PGPORT, TEMPORAL_ADDRESS,
 * KAFKA_OPTS …).
 */
export function cleanEnvironment(home: string): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: home, LANG: LANGUAGE, TZ: 'UTC' };
}
