import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

const temporal = 'Only workflows/ and temporal-config/ know Temporal.';
const tools = 'The product ships without tools/ and test/.';
const alone = 'Services never import each other';
const inject = 'Only workflows/ main.ts and compose.ts compose services';
const composition = 'Only main.ts and compose.ts compose routes.';
const below = 'Queries stand below use cases.';
const between = 'Routes call use cases, which call queries.';
const frozen = 'A released migration uses nothing that can still be edited.';
const published = 'A package is used as it is published';
const lifted = 'A package imports nothing of the product';
const deterministic = 'Workflow code is deterministic';

/** A file, what it imports, and what the fence says; each at a depth at which no file lies today as well. */
const violations: [file: string, imported: string, message: string][] = [
  ['contracts/a.ts', '#platform/process/config.ts', 'contracts/ stands below everything.'],
  ['contracts/http/deep/a.ts', '../../../orders/settings.ts', 'contracts/ stands below everything.'],
  ['contracts/http/b.ts', '#operations/audit/audit.ts', 'contracts/ stands below everything.'],
  ['platform/http/a.ts', '#orders/settings.ts', 'platform/ knows no business.'],
  ['platform/http/deep/b.ts', '../../../payments/settings.ts', 'platform/ knows no business.'],
  ['platform/kafka/a.ts', 'kafkajs', 'kafkajs is no longer developed'],
  ['platform/kafka/deep/connect.ts', 'kafkajs', 'kafkajs is no longer developed'],
  ['gateway/a.ts', '#payments/settings.ts', 'The gateway routes'],
  ['gateway/deep/b.ts', 'kysely', 'The gateway routes'],
  ['gateway/c.ts', '#platform/postgres/database.ts', 'The gateway routes'],
  ['gateway/deep/d.ts', 'koa-proxies', 'koa-proxies is no longer developed'],
  ['orders/order/a.ts', '#payments/settings.ts', alone],
  ['orders/order/deep/b.ts', '../../../workflows/settings.ts', alone],
  ['orders/order/c.ts', '@temporalio/client', temporal],
  ['orders/order/d.ts', '../orders.routes.ts', composition],
  ['orders/order/e.ts', '../compose.ts', composition],
  ['orders/order/a.queries.ts', './place-order.ts', below],
  ['orders/order/deep/b.queries.ts', '../../upkeep/sweep.ts', below],
  ['orders/order/c.queries.ts', '@gozon/temporal-outbox', temporal],
  ['orders/order/f.ts', '#packages/timing/src/back-off.ts', published],
  ['orders/order/a.routes.ts', './order.queries.ts', between],
  ['orders/deep/deeper/b.routes.ts', '../../order/order.queries.ts', between],
  ['payments/main.ts', '#gateway/settings.ts', alone],
  ['payments/a.ts', '#orders/settings.ts', alone],
  ['payments/deep/b.ts', '@temporalio/common', temporal],
  ['payments/deep/c.ts', '../main.ts', composition],
  ['payments/deep/a.queries.ts', '../debit-account.ts', below],
  ['payments/deep/a.routes.ts', '../account.queries.ts', between],
  ['orders/migrations/a.ts', '#platform/postgres/idempotency-refusals.ts', frozen],
  ['payments/migrations/deep/a.ts', '../../../contracts/values/money/money.ts', frozen],
  ['workflows/relay/a.ts', '#payments/payment/debit-account.ts', inject],
  ['workflows/relay/deep/b.ts', '../../../orders/settings.ts', inject],
  ['workflows/relay/c.ts', '../main.ts', composition],
  ['workflows/relay/d.ts', '../runs/runs.routes.ts', composition],
  ['workflows/relay/a.queries.ts', './count-dispatches.ts', below],
  ['workflows/payment/a.workflow.ts', 'node:fs', deterministic],
  ['workflows/payment/deep/b.workflow.ts', '@gozon/timing', deterministic],
  ['workflows/payment/deep/c.workflow.ts', '@temporalio/client', deterministic],
  ['workflows/payment/activities.ts', 'kysely', deterministic],
  ['contracts/values/decision.ts', 'zod', deterministic],
  ['contracts/values/money/format-money.ts', 'zod', deterministic],
  ['contracts/values/money/currency-digits.ts', 'zod', deterministic],
  ['contracts/values/a.ts', '../http/wire.ts', 'It would bring the schema library'],
  ['contracts/values/deep/a.ts', '../../http/wire.ts', 'It would bring the schema library'],
  ['contracts/values/deep/b.ts', '../../events/dead-letters.ts', 'It would bring the schema library'],
  ['packages/client/src/b.ts', '@gozon/contracts/events/payment-events', 'It would bring the schema library'],
  ['examples/outbox-service/a.ts', '#platform/http/serve.ts', 'An example uses the packages alone'],
  [
    'examples/outbox-service/b.ts',
    '../../packages/timing/src/index.ts',
    'An example uses the packages alone',
  ],
  ['packages/client/src/c.ts', 'node:fs', 'The client is for browsers too.'],
  ['dashboard/order-page/timing.ts', '@gozon/timing', 'The dashboard talks to the gateway only'],
  ['operations/audit/a.ts', '@temporalio/client', temporal],
  ['operations/audit/b.ts', '@gozon/temporal-outbox', temporal],
  ['packages/timing/src/a.ts', '#platform/process/logger.ts', lifted],
  ['packages/timing/src/deep/b.ts', '../../../../orders/settings.ts', lifted],
  ['packages/temporal-outbox/src/a.ts', '../../timing/src/back-off.ts', lifted],
  ['operations/audit/deep/c.ts', '../../../payments/schema.ts', 'operations/ reads both databases'],
  ['operations/audit/d.ts', '#temporal-config/names.ts', 'operations/ reads both databases'],
  ['operations/audit/a.queries.ts', './scan.ts', below],
  ['operations/repair/a.routes.ts', '../system/flow.queries.ts', between],
  ['workflows/payment/run-step.ts', 'pino', deterministic],
  ['deploy/deep/a.ts', '#orders/migrations.ts', 'deploy/ prepares what services run on'],
  ['temporal-config/deep/a.ts', '#orders/settings.ts', inject],
  ['dashboard/order-page/a.tsx', '#orders/settings.ts', 'The dashboard talks to the gateway only'],
  [
    'dashboard/order-page/picture/b.ts',
    '#platform/process/logger.ts',
    'The dashboard talks to the gateway only',
  ],
  ['dashboard/order-page/c.ts', 'zod', 'It would bring the schema library to every browser'],
  ...[
    'contracts',
    'platform',
    'gateway',
    'orders',
    'payments',
    'workflows',
    'operations',
    'deploy',
    'temporal-config',
    'dashboard',
  ].flatMap((house): [string, string, string][] => [
    [`${house}/tool.ts`, '#tools/stack/launch.ts', tools],
    [`${house}/deep/deeper/tool.ts`, '../../../tools/load/demo.ts', tools],
    [`${house}/deep/test.ts`, '#test/support/eventually.ts', tools],
  ]),
];

/** What the same fences let through. */
const allowed: [file: string, imported: string][] = [
  ['platform/kafka/connect.ts', 'kafkajs'],
  ['gateway/proxy.ts', 'koa-proxies'],
  ['orders/main.ts', './orders.routes.ts'],
  ['orders/compose.ts', './orders.routes.ts'],
  ['orders/migrations/ok.ts', 'kysely'],
  ['orders/order/ok.queries.ts', '../schema.ts'],
  ['orders/order/also.queries.ts', './order.queries.ts'],
  ['orders/order/ok.routes.ts', './place-order.ts'],
  ['orders/order/ok.ts', '#contracts/values/money/money.ts'],
  ['packages/client/src/ok.ts', '@gozon/contracts/values/routes'],
  ['dashboard/order-page/ok.ts', '@gozon/client'],
  ['examples/outbox-service/ok.ts', '@gozon/temporal-outbox'],
  ['workflows/compose.ts', '#payments/payment/debit-account.ts'],
  ['workflows/payment/ok.workflow.ts', '@temporalio/workflow'],
  ['tools/stack/ok.ts', '#orders/settings.ts'],
  ['test/unit/ok.test.ts', '#tools/stack/launch.ts'],
];

interface Diagnostic {
  readonly filename: string;
  readonly message: string;
  readonly help?: string;
}

describe('the import fences of oxlint.config.ts', function () {
  this.timeout(60_000);
  let folder: string;
  let found: Map<string, Diagnostic[]>;

  before('lint planted files', async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'gozon-fences-'));
    // The same rules, for a folder that the type-aware linter knows nothing of.
    const config = JSON.stringify(path.join(CHECKOUT, 'oxlint.config.ts'));
    writeFileSync(
      path.join(folder, 'oxlint.config.ts'),
      `import config from ${config};\nexport default { ...config, options: {} };\n`,
    );
    for (const [file, imported] of [...violations, ...allowed]) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), `import { planted } from '${imported}';\nplanted();\n`);
    }
    const { stdout } = await execa('oxlint', ['--format=json'], {
      cwd: folder,
      preferLocal: true,
      localDir: CHECKOUT,
      reject: false,
    });
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: Diagnostic[] };
    found = Map.groupBy(diagnostics, ({ filename }) => filename);
  });

  after('remove the planted files', () => rmSync(folder, { recursive: true, force: true }));

  for (const [file, imported, message] of violations) {
    it(`refuses that ${file} imports ${imported}`, () => {
      const said = (found.get(file) ?? []).map(({ help }) => help ?? '');
      assert.ok(
        said.some((text) => text.startsWith(message)),
        `expected "${message}", found ${JSON.stringify(said)}`,
      );
    });
  }

  for (const [file, imported] of allowed) {
    it(`allows that ${file} imports ${imported}`, () => assert.equal(found.get(file), undefined));
  }
});
