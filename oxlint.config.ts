import { defineConfig } from 'oxlint';

/** What a file may not import, with the reason that the error shows. */
interface Fence {
  readonly group: string[];
  readonly message: string;
  readonly allowTypeImports?: boolean;
}

/** Whatever lies in these top-level folders, however it is named and from however deep. */
function folders(...names: string[]): string[] {
  return names.flatMap((name) => [`#${name}/**`, `**/${name}/**`]);
}

const kafkajs: Fence = {
  group: ['kafkajs'],
  message: 'kafkajs is no longer developed: only platform/kafka/connect.ts names it.',
};
const koaProxies: Fence = {
  group: ['koa-proxies'],
  message: 'koa-proxies is no longer developed: only gateway/proxy.ts touches it.',
};
const noTools: Fence = {
  group: folders('tools', 'test'),
  message: 'The product ships without tools/ and test/.',
};
/** A package is meant for others' services too. */
const lifted: Fence = {
  group: ['#*/**', '../../**'],
  message: 'A package imports nothing of the product, and of another package what that exports.',
};
const published: Fence = {
  group: folders('packages'),
  message: 'A package is used as it is published: @gozon/… and what it exports.',
};
const temporal: Fence = {
  group: ['@temporalio/**', '@gozon/temporal-outbox'],
  message: 'Only workflows/ and temporal-config/ know Temporal.',
};
/** What ships. */
const product: Fence[] = [noTools, published];
const composition: Fence = {
  group: ['**/main.ts', '**/compose.ts', '**/*.routes.ts'],
  message: 'Only main.ts and compose.ts compose routes.',
};
const queriesBelow: Fence = {
  group: ['./**', '../**', '!**/schema.ts', '!**/*.queries.ts'],
  message: 'Queries stand below use cases.',
};
const useCasesBetween: Fence = {
  group: ['**/*.queries.ts'],
  message: 'Routes call use cases, which call queries.',
};
const belowEverything: Fence = {
  group: folders(
    'platform',
    'gateway',
    'orders',
    'payments',
    'workflows',
    'operations',
    'temporal-config',
    'dashboard',
    'deploy',
  ).concat('@gozon/**'),
  message: 'contracts/ stands below everything.',
};
const noBusiness: Fence = {
  group: folders(
    'gateway',
    'orders',
    'payments',
    'workflows',
    'operations',
    'temporal-config',
    'dashboard',
    'deploy',
  ),
  message: 'platform/ knows no business.',
};
const gatewayRoutes: Fence = {
  group: [
    ...folders('orders', 'payments', 'workflows', 'operations', 'temporal-config', 'dashboard', 'deploy'),
    'pg',
    'kysely',
    '#platform/postgres/**',
  ],
  message: 'The gateway routes: it has no business logic and no database.',
};
const ordersAlone: Fence = {
  group: folders('gateway', 'payments', 'workflows', 'operations', 'temporal-config', 'dashboard', 'deploy'),
  message: 'Services never import each other: they meet in contracts/, and workflows/ composes them.',
};
const paymentsAlone: Fence = {
  ...ordersAlone,
  group: folders('gateway', 'orders', 'workflows', 'operations', 'temporal-config', 'dashboard', 'deploy'),
};
const workflowsInject: Fence = {
  group: folders('gateway', 'orders', 'payments', 'operations', 'dashboard', 'deploy'),
  message: 'Only workflows/ main.ts and compose.ts compose services: they inject what the others need.',
};
const knowsNoTemporal: Fence = {
  group: folders('gateway', 'orders', 'payments', 'workflows', 'temporal-config', 'dashboard', 'deploy'),
  message: 'operations/ reads both databases and the topic by itself; workflows/ injects what it needs more.',
};
const deployAlone: Fence = {
  group: folders('gateway', 'orders', 'payments', 'operations', 'dashboard'),
  message: 'deploy/ prepares what services run on; it runs none of their code.',
};
const frozen: Fence = {
  group: ['#*/**', './**', '../**'],
  message: 'A released migration uses nothing that can still be edited.',
};
const onlyTheContracts: Fence = {
  group: [
    'node:*',
    ...folders(
      'platform',
      'gateway',
      'orders',
      'payments',
      'workflows',
      'operations',
      'temporal-config',
      'deploy',
    ),
    '@gozon/*',
    '!@gozon/client',
  ],
  message: 'The dashboard talks to the gateway only: it shares contracts/ and the client, and nothing else.',
};
const noSchemas: Fence = {
  group: [
    'zod',
    '@gozon/contracts/http/**',
    '@gozon/contracts/events/**',
    '**/contracts/http/**',
    '#contracts/http/**',
    '#contracts/events/**',
    '**/../http/**',
    '**/../events/**',
  ],
  message: 'It would bring the schema library to every browser: import its types.',
  allowTypeImports: true,
};
const fromOutside: Fence = {
  group: ['#*/**', '../**'],
  message: 'An example uses the packages alone, as a service elsewhere does.',
};
const inBrowsers: Fence = {
  group: ['node:*'],
  message: 'The client is for browsers too.',
};
const deterministic: Fence = {
  group: [
    'node:*',
    '#platform/**',
    '@gozon/**',
    'pg',
    'kysely',
    'zod',
    'uuid',
    'prom-client',
    'pino',
    '@temporalio/activity',
    '@temporalio/client',
    '@temporalio/worker',
  ],
  message: 'Workflow code is deterministic: nothing of Node, no database, no schema library.',
};

/**
 * Imports point one way: main -> routes and consumers -> use cases -> queries -> platform, contracts. The last entry that
 * a file matches is the one that counts, so each is whole. test/unit/repository/import-fences.test.ts plants a
 * violation of each.
 */
const zones: Record<string, Fence[]> = {
  '**/*.{ts,tsx}': [kafkajs, koaProxies],
  'examples/**': [fromOutside, kafkajs, koaProxies],
  'packages/**': [lifted, noTools, kafkajs, koaProxies],
  'packages/client/**': [lifted, inBrowsers, noSchemas, noTools, kafkajs, koaProxies],
  'contracts/**': [...product, belowEverything, temporal, kafkajs, koaProxies],
  'contracts/values/**': [...product, belowEverything, noSchemas, temporal, kafkajs, koaProxies],
  'platform/**': [...product, noBusiness, temporal, kafkajs, koaProxies],
  'platform/kafka/connect.ts': [...product, noBusiness, temporal, koaProxies],
  'gateway/**': [...product, gatewayRoutes, temporal, composition, kafkajs, koaProxies],
  'gateway/proxy.ts': [...product, gatewayRoutes, temporal, composition, kafkajs],
  'gateway/{main,compose}.ts': [...product, gatewayRoutes, temporal, kafkajs, koaProxies],
  'orders/**': [...product, ordersAlone, temporal, composition, kafkajs, koaProxies],
  'orders/**/*.queries.ts': [
    ...product,
    ordersAlone,
    temporal,
    composition,
    queriesBelow,
    kafkajs,
    koaProxies,
  ],
  'orders/**/*.routes.ts': [
    ...product,
    ordersAlone,
    temporal,
    composition,
    useCasesBetween,
    kafkajs,
    koaProxies,
  ],
  'orders/{main,compose}.ts': [...product, ordersAlone, temporal, kafkajs, koaProxies],
  'payments/**': [...product, paymentsAlone, temporal, composition, kafkajs, koaProxies],
  'payments/**/*.queries.ts': [
    ...product,
    paymentsAlone,
    temporal,
    composition,
    queriesBelow,
    kafkajs,
    koaProxies,
  ],
  'payments/**/*.routes.ts': [
    ...product,
    paymentsAlone,
    temporal,
    composition,
    useCasesBetween,
    kafkajs,
    koaProxies,
  ],
  'payments/{main,compose}.ts': [...product, paymentsAlone, temporal, kafkajs, koaProxies],
  '{orders,payments}/migrations/**': [frozen, temporal, kafkajs, koaProxies],
  'dashboard/**/*.{ts,tsx}': [...product, onlyTheContracts, noSchemas, temporal, kafkajs, koaProxies],
  // What builds it.
  'dashboard/*.ts': [...product, kafkajs, koaProxies],
  'workflows/**': [...product, workflowsInject, composition, kafkajs, koaProxies],
  'workflows/**/*.queries.ts': [...product, workflowsInject, composition, queriesBelow, kafkajs, koaProxies],
  'workflows/{main,compose}.ts': [...product, kafkajs, koaProxies],
  '{workflows/**/*.workflow.ts,workflows/**/{activities,run-step,trace-header}.ts,contracts/values/{deadlines,decision,trace-context,money/format-money,money/currency-digits,order-status}.ts}':
    [...product, deterministic, workflowsInject, kafkajs, koaProxies],
  'operations/**': [...product, knowsNoTemporal, temporal, composition, kafkajs, koaProxies],
  'operations/compose.ts': [...product, knowsNoTemporal, temporal, kafkajs, koaProxies],
  'operations/**/*.queries.ts': [
    ...product,
    knowsNoTemporal,
    temporal,
    composition,
    queriesBelow,
    kafkajs,
    koaProxies,
  ],
  'operations/**/*.routes.ts': [
    ...product,
    knowsNoTemporal,
    temporal,
    composition,
    useCasesBetween,
    kafkajs,
    koaProxies,
  ],
  'deploy/**': [...product, deployAlone, composition, kafkajs, koaProxies],
  'temporal-config/**': [...product, composition, workflowsInject, kafkajs, koaProxies],
};

export default defineConfig({
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'promise', 'node'],
  options: { typeAware: true, denyWarnings: true },
  categories: { correctness: 'error', suspicious: 'error', perf: 'error' },
  ignorePatterns: ['test/workflow/fixtures/**'],
  rules: {
    eqeqeq: 'error',
    'no-var': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/consistent-type-definitions': 'error',
    'typescript/return-await': ['error', 'in-try-catch'],
    'import/consistent-type-specifier-style': ['error', 'prefer-top-level'],
    'import/no-duplicates': 'error',
    'import/first': 'error',
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'typescript/prefer-nullish-coalescing': 'error',
    'typescript/explicit-module-boundary-types': 'off',
    // Retries, batches and start-up are sequences on purpose.
    'no-await-in-loop': 'off',
    // Rows, messages and third-party types meet ours somewhere; each such place is an assertion.
    'typescript/no-unsafe-type-assertion': 'off',
    // A function is often clearer beside the one thing that uses it.
    'unicorn/consistent-function-scoping': 'off',
    // CommonJS packages such as pg: their default export carries the names.
    'import/no-named-as-default-member': 'off',
    'import/no-named-as-default': 'off',
    // @koa/router's _matchedRoute is how it says which route it took.
    'no-underscore-dangle': 'off',
    // Rows become replies by a spread; a page has a hundred at most.
    'oxc/no-map-spread': 'off',
    // Many modules have one effect: to run.
    'import/no-unassigned-import': 'off',
  },
  overrides: [
    {
      files: ['dashboard/**/*.tsx'],
      plugins: ['typescript', 'unicorn', 'oxc', 'import', 'promise', 'react', 'jsx-a11y'],
      rules: {
        'react/rules-of-hooks': 'error',
        'react/exhaustive-deps': 'error',
        // React 17 and later need none in scope.
        'react/react-in-jsx-scope': 'off',
        // <output> is inline, and is for what is reckoned.
        'jsx-a11y/prefer-tag-over-role': 'off',
      },
    },
    ...Object.entries(zones).map(([files, patterns]) => ({
      files: [files],
      rules: { 'no-restricted-imports': ['error', { patterns }] as const },
    })),
  ],
});
