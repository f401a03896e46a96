import type { Decision } from '#contracts/values/decision.ts';
import { newId } from '#contracts/values/ids.ts';
import type { PaymentsViews } from '#operations/schema.ts';
import { openAccount } from '#payments/account/open-account.ts';
import { topUpAccount } from '#payments/account/top-up-account.ts';
import type { PaymentsTables } from '#payments/schema.ts';
import { openDatabase } from '#platform/postgres/database.ts';
import type { DatabaseOptions, OpenDatabase } from '#platform/postgres/database.ts';
import { createLogger } from '#platform/process/logger.ts';
import { createScratchDatabase } from '../databases.ts';

export interface PostingRow {
  readonly kind: string;
  readonly account: string;
  readonly orderId: string | null;
  readonly amount: bigint;
  readonly balanceAfter: bigint | null;
}

/** A payments database of the suite's own, and what its tests ask of it again and again. */
export interface Ledger extends AsyncDisposable {
  readonly url: string;
  /** As the role workflows. */
  readonly workflowsUrl: string;
  /** As the service payments. */
  readonly db: OpenDatabase<PaymentsTables>;
  /** As the role that the payment activities run in. */
  readonly workflowsDb: OpenDatabase<PaymentsTables & PaymentsViews>;
  /** A new customer's id, topped up when there is a balance to start from. */
  openAccount(balance?: bigint): Promise<string>;
  balanceOf(userId: string): Promise<bigint | undefined>;
  versionOf(userId: string): Promise<bigint | undefined>;
  decisionsOf(userId: string): Promise<Decision[]>;
  /** In the order in which they were written, the customer's side of a transfer first. */
  postingsOf(userId: string): Promise<PostingRow[]>;
}

/** @param size connections for each role */
export async function openLedger({ size = 20 }: { size?: number } = {}): Promise<Ledger> {
  await using stack = new AsyncDisposableStack();
  const scratch = stack.use(await createScratchDatabase('payments'));
  const options: Omit<DatabaseOptions, 'url'> = { name: 'test', log: createLogger('test', 'fatal'), size };
  const db = stack.use(openDatabase<PaymentsTables>({ ...options, url: scratch.url }));
  const workflowsDb = stack.use(
    openDatabase<PaymentsTables & PaymentsViews>({ ...options, url: scratch.workflowsUrl }),
  );
  const accountOf = async (userId: string) =>
    db.selectFrom('accounts').selectAll().where('userId', '=', userId).executeTakeFirst();
  const opened = stack.move();
  return {
    url: scratch.url,
    workflowsUrl: scratch.workflowsUrl,
    db,
    workflowsDb,
    async openAccount(balance = 0n) {
      const userId = newId();
      await openAccount(db, { userId, currency: 'EUR', shopCurrency: 'EUR', idempotency: undefined });
      if (balance > 0n) await topUpAccount(db, { userId, amount: balance, idempotency: undefined });
      return userId;
    },
    balanceOf: async (userId) => (await accountOf(userId))?.balance,
    versionOf: async (userId) => (await accountOf(userId))?.version,
    decisionsOf: async (userId) =>
      db.selectFrom('decisions').selectAll().where('userId', '=', userId).execute(),
    postingsOf: async (userId) =>
      db
        .selectFrom('postings')
        .select(['kind', 'account', 'orderId', 'amount', 'balanceAfter'])
        .where('userId', '=', userId)
        .orderBy('postingId')
        .execute(),
    [Symbol.asyncDispose]: async () => opened.disposeAsync(),
  };
}
