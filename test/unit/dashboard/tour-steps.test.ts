import assert from 'node:assert/strict';
import { nextStep, stepsFor } from '../../../dashboard/tour/tour-steps.ts';
import type { Done, Step } from '../../../dashboard/tour/tour-steps.ts';

const done = (...steps: Step[]): Done => ({
  open: steps.includes('open'),
  'top-up': steps.includes('top-up'),
  order: steps.includes('order'),
  look: steps.includes('look'),
  kill: steps.includes('kill'),
  recover: steps.includes('recover'),
  proof: steps.includes('proof'),
});

describe('the steps of the guided tour', () => {
  it('kill nothing without the controls, and prove nothing to others than operators', () => {
    assert.deepEqual(stepsFor({ controls: true, operator: true }), [
      'open',
      'top-up',
      'order',
      'look',
      'kill',
      'recover',
      'proof',
    ]);
    assert.deepEqual(stepsFor({ controls: false, operator: true }), [
      'open',
      'top-up',
      'order',
      'look',
      'proof',
    ]);
    assert.deepEqual(stepsFor({ controls: false, operator: false }), ['open', 'top-up', 'order', 'look']);
  });

  it('follow what the system says, and end when all of it is done', () => {
    const steps = stepsFor({ controls: false, operator: false });
    assert.equal(nextStep(steps, done()), 'open');
    assert.equal(nextStep(steps, done('open', 'top-up', 'order')), 'look');
    // An account that was closed, or a database that was created again.
    assert.equal(nextStep(steps, done('look')), 'open');
    assert.equal(nextStep(steps, done('open', 'top-up', 'order', 'look')), undefined);
  });
});
