import assert from 'node:assert/strict';
import type { DecisionPayload } from '#contracts/values/decision.ts';
import type { ToReport } from '#workflows/payment/activities.ts';

/** The decision in the report of an order that is paid at once. */
export function decisionOf(report: ToReport): DecisionPayload {
  assert.ok('decision' in report);
  return report.decision;
}
