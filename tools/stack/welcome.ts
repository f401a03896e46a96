import path from 'node:path';
import { namespace } from '#temporal-config/namespace.ts';
import { LOOPBACK } from './settings/settings.ts';
import type { Settings } from './settings/settings.ts';

/** The text after a start: where everything is, and what to try first. */
export function welcome(settings: Settings, { infra, seconds }: { infra: boolean; seconds: number }): string {
  const { ports } = settings;
  const at = (port: number) => `http://${LOOPBACK}:${port}`;
  const gateway = at(ports.GATEWAY_PORT);
  const places = [
    ...(infra
      ? []
      : [
          ['Shop and API', gateway],
          ['API docs', `${gateway}/swagger`],
        ]),
    // Without a namespace it opens the empty one called default.
    ['Temporal Web UI', `${at(ports.TEMPORAL_UI_PORT)}/namespaces/${namespace.name}/workflows`],
    ['Temporal', `${LOOPBACK}:${ports.TEMPORAL_PORT}, namespace ${namespace.name}`],
    ['Kafka', `${LOOPBACK}:${ports.KAFKA_PORT}`],
    [
      'PostgreSQL',
      `${LOOPBACK}:${ports.POSTGRES_PORT}, databases orders and payments (passwords: ${short(path.join(settings.home, 'secrets.json'))})`,
    ],
    ['Logs', short(settings.logs)],
  ];
  const first = [
    '',
    'Open an account, put 50.00 in it and order for 19.99:',
    '',
    '  user="X-User-Id: 6f9619ff-8b86-4d01-b42d-00cf4fc964ff" json="Content-Type: application/json"',
    `  curl -H "$user" -H "$json" ${gateway}/api/payments/accounts -d '{}'`,
    `  curl -H "$user" -H "$json" ${gateway}/api/payments/accounts/6f9619ff-8b86-4d01-b42d-00cf4fc964ff/top-up -d '{"amount":5000}'`,
    `  curl -H "$user" -H "$json" ${gateway}/api/orders -d '{"amount":1999,"description":"A book"}'`,
    '',
    'Or reserve 20.00 for an hour, and capture 12.00 of it by the id in the reply:',
    '',
    `  curl -H "$user" -H "$json" ${gateway}/api/orders -d '{"amount":2000,"captureMethod":"manual","captureWithin":3600}'`,
    `  curl -H "$user" -H "$json" ${gateway}/api/orders/ORDER_ID/capture -d '{"amount":1200}'`,
  ];
  return [
    '',
    `${infra ? 'The infrastructure' : 'Gozon'} is up after ${seconds.toFixed(1)} s. Ctrl-C stops it.`,
    '',
    ...places.map(([name = '', place = '']) => `  ${name.padEnd(16)} ${place}`),
    ...(infra ? [] : first),
  ].join('\n');
}

function short(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') ? file : relative;
}
