import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

/**
 * The statement of docs/operations/contradictions.md by which orders waits again for what payments forgot of an order.
 * @param automatic what an automatic order becomes: created, if its debit is forgotten
 */
export function waitAgain(orderId: string, automatic: 'paid' | 'created' = 'paid'): string {
  const page = readFileSync(path.join(CHECKOUT, 'docs/operations/contradictions.md'), 'utf8');
  const statement = /```sql\n(with forgotten as .*?)```/s.exec(page)?.[1] ?? assert.fail('it is not there');
  return statement.replaceAll('…', orderId).replace("else 'paid' end", `else '${automatic}' end`);
}
