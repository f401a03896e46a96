import type { Dashboard, Query } from './to-dashboard.ts';

/** The 50th and 99th percentile of a histogram. */
function quantiles(histogram: string, by = ''): Query[] {
  const grouping = by === '' ? 'le' : `le, ${by}`;
  const legend = by === '' ? '' : `{{${by}}} `;
  return [0.5, 0.99].map((quantile) => [
    `histogram_quantile(${quantile}, sum by (${grouping}) (rate(${histogram}[5m])))`,
    `${legend}p${quantile * 100}`,
  ]);
}

/** Where an order spends its time: a row for each step of ARCHITECTURE.md's path, from the request to what its customer sees. */
export const orderPathDashboard: Dashboard = {
  uid: 'gozon-order-path',
  title: "Gozon: an order's path",
  description:
    'Where an order spends its time, step by step. The page /orders/<id> of the dashboard shows a single one, and so does its trace in Jaeger.',
  rows: [
    {
      title: 'From placing to the decision',
      panels: [
        {
          title: 'Orders placed and decided',
          description: 'In a second.',
          unit: 'ops',
          queries: [
            ['sum(rate(orders_placed_total[5m]))', 'placed'],
            ['sum(rate(orders_decision_duration_seconds_count[5m]))', 'decided'],
          ],
        },
        {
          title: 'From placing to the decision',
          description: 'When its customer can see it.',
          unit: 's',
          queries: quantiles('orders_decision_duration_seconds_bucket'),
        },
      ],
    },
    {
      title: '1. Place: gateway and orders',
      panels: [
        {
          title: 'POST /api/orders',
          description: 'At the gateway, and in orders.',
          unit: 's',
          queries: quantiles(
            'http_request_duration_seconds_bucket{method="POST", route="/api/orders"}',
            'job',
          ),
        },
      ],
    },
    {
      title: '2. Outbox and relay',
      panels: [
        {
          title: 'Wait in the outbox',
          description: 'From the writing of a row to its first claim.',
          unit: 's',
          queries: quantiles('outbox_wait_seconds_bucket'),
        },
        {
          title: 'Rows that wait',
          description: 'By kind.',
          unit: 'short',
          queries: [['max by (kind) (outbox_pending)', '{{kind}}']],
        },
        {
          title: 'Age of the oldest row',
          description: 'By kind.',
          unit: 's',
          queries: [['max by (kind) (outbox_oldest_age_seconds)', '{{kind}}']],
        },
        {
          title: 'Dispatches',
          description: 'By kind and outcome. What is not eager takes more than twice as long.',
          unit: 'ops',
          queries: [['sum by (kind, outcome) (rate(relay_dispatches_total[5m]))', '{{kind}} {{outcome}}']],
        },
        {
          title: 'In flight',
          description:
            'Workflows that are started and not completed, and the limit, which falls while they are slow.',
          unit: 'short',
          queries: [
            ['relay_in_flight', '{{instance}}'],
            ['relay_in_flight_limit', '{{instance}} limit'],
          ],
        },
      ],
    },
    {
      title: '3. Temporal',
      panels: [
        {
          title: 'Requests to Temporal',
          description: 'By operation, without long polls.',
          unit: 's',
          queries: quantiles('temporal_request_latency_seconds_bucket', 'operation').slice(1),
        },
        {
          title: 'Wait of workflow tasks for a worker',
          description:
            'Of those that do not come with the start: signals, timers, and starts that are not eager.',
          unit: 's',
          queries: quantiles('temporal_workflow_task_schedule_to_start_latency_seconds_bucket'),
        },
        {
          title: 'Workflow tasks',
          description: 'Until they are completed, with the local activities in them.',
          unit: 's',
          queries: quantiles(
            'temporal_workflow_task_execution_latency_seconds_bucket',
            'workflow_type',
          ).slice(1),
        },
      ],
    },
    {
      title: '4. Debit and report',
      panels: [
        {
          title: 'Local activities, 99th percentile',
          description:
            'By activity: debit, authorize, capture, cancel and refund in the database of payments, report to Kafka.',
          unit: 's',
          queries: quantiles(
            'temporal_local_activity_execution_latency_seconds_bucket',
            'activity_type',
          ).slice(1),
        },
        {
          title: 'Failed attempts',
          description: 'Of local activities, and of the regular ones that follow.',
          unit: 'ops',
          queries: [
            [
              'sum by (activity_type) (rate(temporal_local_activity_execution_failed_total[5m]))',
              '{{activity_type}} local',
            ],
            [
              'sum by (activity_type) (rate(temporal_activity_execution_failed_total[5m]))',
              '{{activity_type}}',
            ],
          ],
        },
      ],
    },
    {
      title: '5. Apply: Kafka and orders',
      panels: [
        {
          title: 'Messages that wait',
          description:
            'Payment events that orders has not applied, and dead letters that nobody has handled.',
          unit: 'short',
          queries: [['max by (group) (kafka_consumer_lag_messages)', '{{group}}']],
        },
        {
          title: 'Payment events',
          description: 'By outcome.',
          unit: 'ops',
          queries: [['sum by (outcome) (rate(orders_payment_events_total[5m]))', '{{outcome}}']],
        },
        {
          title: 'Streams',
          description: 'Clients that follow their orders.',
          unit: 'short',
          queries: [['sum(orders_streams_open)', 'open']],
        },
      ],
    },
    {
      title: 'What had to be repaired',
      panels: [
        {
          title: 'Sent again by the sweep',
          description: 'Rows of what was undecided or unfinished for too long.',
          unit: 'ops',
          queries: [['sum by (how) (rate(orders_swept_total[5m]))', '{{how}}']],
        },
        {
          title: 'Holds released without their workflow',
          description: '15 s after their end.',
          unit: 'ops',
          queries: [['sum(rate(overdue_holds_released_total[5m]))', 'holds']],
        },
        {
          title: 'Reconciled orders',
          description: 'By result.',
          unit: 'ops',
          queries: [['sum by (verdict) (rate(reconciled_orders_total[5m]))', '{{verdict}}']],
        },
      ],
    },
  ],
};
