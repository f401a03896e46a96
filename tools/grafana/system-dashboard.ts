import type { Dashboard } from './to-dashboard.ts';

const WITHOUT_STREAMS = 'route!="/api/orders/events"';

/** Whether the system is well, and if not, which part. */
export const systemDashboard: Dashboard = {
  uid: 'gozon-system',
  title: 'Gozon: the system',
  description:
    'Whether the system is well, and if not, which part. docs/operations/alerts.md says what to do at each alert.',
  rows: [
    {
      title: 'Is it well?',
      panels: [
        {
          title: 'Alerts that fire',
          description: 'Prometheus lists them on its page /alerts.',
          unit: 'short',
          present: { redFrom: 1 },
          queries: [['count(ALERTS{alertstate="firing"}) or vector(0)', 'alerts']],
        },
        {
          title: 'Roles that are not ready',
          description: 'GET /health/ready of the copy says why.',
          unit: 'short',
          present: { redFrom: 1 },
          queries: [['count(health_role_ready == 0) or vector(0)', 'roles']],
        },
        {
          title: 'Invariants breached',
          description: 'GET /api/system shows where.',
          unit: 'short',
          present: { redFrom: 1 },
          queries: [['sum(max by (invariant) (invariant_breaches))', 'breaches']],
        },
        {
          title: 'Overdue',
          description:
            'Orders undecided, and captures, cancels and refunds unfinished, although the sweep tries.',
          unit: 'short',
          present: { redFrom: 1 },
          queries: [['sum(max by (kind) (orders_overdue))', 'orders']],
        },
        {
          title: 'Dead letters',
          description: 'That nobody has handled.',
          unit: 'short',
          present: { redFrom: 1 },
          queries: [['max(kafka_consumer_lag_messages{group="workflows.dead-letters"})', 'messages']],
        },
        {
          title: 'Copies that answer',
          description: 'By service.',
          unit: 'short',
          present: { redFrom: null },
          queries: [['sum by (job) (up{job=~"gateway|orders|payments|workflows"})', '{{job}}']],
        },
      ],
    },
    {
      title: 'Objectives',
      panels: [
        {
          title: 'Burn rate over an hour',
          description:
            '1 spends the error budget of a month in a month. Over 14.4 the alert SloBurnsFast fires.',
          unit: 'short',
          queries: [['slo:errors:ratio_rate1h / slo:error_budget:ratio', '{{slo}}']],
        },
        {
          title: 'Errors over three days',
          description:
            'The share of requests to place an order that failed, and of orders that were not decided within 5 s.',
          unit: 'percentunit',
          queries: [['slo:errors:ratio_rate3d', '{{slo}}']],
        },
      ],
    },
    {
      title: 'Requests: rate, errors, duration',
      panels: [
        {
          title: 'Requests at the gateway',
          description: 'By route.',
          unit: 'reqps',
          queries: [
            ['sum by (route) (rate(http_request_duration_seconds_count{job="gateway"}[5m]))', '{{route}}'],
          ],
        },
        {
          title: 'Errors',
          description: 'Replies with 5xx, by service and route.',
          unit: 'reqps',
          queries: [
            [
              'sum by (job, route) (rate(http_request_duration_seconds_count{status=~"5.."}[5m]))',
              '{{job}} {{route}}',
            ],
          ],
        },
        {
          title: 'Duration, 99th percentile',
          description: 'At the gateway, by route, without streams.',
          unit: 's',
          queries: [
            [
              `histogram_quantile(0.99, sum by (le, route) (rate(http_request_duration_seconds_bucket{job="gateway", ${WITHOUT_STREAMS}}[5m])))`,
              '{{route}}',
            ],
          ],
        },
      ],
    },
    {
      title: 'Temporal',
      panels: [
        {
          title: 'Slots that are taken',
          description: 'Of 200 for workflow tasks and local activities, 100 for activities, in each copy.',
          unit: 'short',
          queries: [
            [
              'sum by (instance, worker_type) (temporal_worker_task_slots_used)',
              '{{instance}} {{worker_type}}',
            ],
          ],
        },
        {
          title: 'Pollers',
          description: 'How many ask for tasks. None: no order is decided.',
          unit: 'short',
          queries: [['sum by (poller_type) (temporal_num_pollers)', '{{poller_type}}']],
        },
        {
          title: 'Failed requests',
          description: 'By operation and status. Long polls that end without a task are none.',
          unit: 'reqps',
          queries: [
            [
              'sum by (operation, status_code) (rate(temporal_request_failure_total[5m]))',
              '{{operation}} {{status_code}}',
            ],
          ],
        },
        {
          title: 'Failed tasks',
          description: 'Of workflows by reason, of activities by type.',
          unit: 'ops',
          queries: [
            [
              'sum by (workflow_type, failure_reason) (rate(temporal_workflow_task_execution_failed_total[5m]))',
              '{{workflow_type}} {{failure_reason}}',
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
      title: 'Processes',
      panels: [
        {
          title: 'CPU',
          description: 'Of a core.',
          unit: 'percentunit',
          queries: [['rate(process_cpu_seconds_total[5m])', '{{job}} {{instance}}']],
        },
        {
          title: 'Memory',
          description: 'Resident.',
          unit: 'bytes',
          queries: [['process_resident_memory_bytes', '{{job}} {{instance}}']],
        },
        {
          title: 'Delay of the event loop, 99th percentile',
          description: 'How long a process was busy with one thing.',
          unit: 's',
          queries: [['nodejs_eventloop_lag_p99_seconds', '{{job}} {{instance}}']],
        },
        {
          title: 'Connections to PostgreSQL',
          description: 'In use, and queries that wait for one.',
          unit: 'short',
          queries: [
            ['sum by (job, database) (postgres_pool_connections_busy)', '{{job}} {{database}}'],
            ['sum by (job, database) (postgres_pool_waiting)', '{{job}} {{database}} waiting'],
          ],
        },
      ],
    },
  ],
};
