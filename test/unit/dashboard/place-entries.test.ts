import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TIMELINE_COMPONENTS } from '#contracts/values/timeline.ts';
import type { TimelineEntry } from '#contracts/values/timeline.ts';
import type { MeasuredEntry, PlacedEntry } from '../../../dashboard/order-page/timeline/place-entries.ts';
import { placeEntries } from '../../../dashboard/order-page/timeline/place-entries.ts';

const WIDTH = 800;

/** As the layout reckons: 7.4 pixels a letter and 14 between labels. */
const labelWidth = (label: string) => label.length * 7.4 + 14;

const entries = fc
  .array(
    fc.record({
      component: fc.constantFrom(...TIMELINE_COMPONENTS),
      begin: fc.integer({ min: 0, max: 1e7 }),
      took: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1e7 })),
      label: fc.string({ minLength: 1, maxLength: 60 }),
    }),
    { minLength: 1 },
  )
  .map((given) =>
    given
      .toSorted((one, other) => one.begin - other.begin)
      .map(({ component, begin, took, label }): MeasuredEntry => {
        const entry = { component } as TimelineEntry;
        return { entry, label, begin, end: begin + took };
      }),
  );

describe('the places of the entries of an order', () => {
  it('keep every bar and every label within the lanes', () => {
    fc.assert(
      fc.property(entries, (measured) => {
        for (const item of placeEntries(measured, WIDTH).placed) {
          const { from, to } = extentOf(item);
          assert.ok(from >= -0.001 && to <= WIDTH + 0.001, `${from} to ${to}`);
        }
      }),
    );
  });

  it('let no two labels of a lane overlap', () => {
    fc.assert(
      fc.property(entries, (measured) => {
        const { placed } = placeEntries(measured, WIDTH);
        for (const [index, item] of placed.entries()) {
          for (const other of placed.slice(index + 1)) {
            if (item.entry.component !== other.entry.component || item.line !== other.line) continue;
            assert.ok(extentOf(item).to <= extentOf(other).from, `${item.label} and ${other.label}`);
          }
        }
      }),
    );
  });

  it('use the whole width where labels leave it', () => {
    const entry = { component: 'http' } as TimelineEntry;
    const { room } = placeEntries(
      [
        { entry, label: 'Order placed', begin: 0, end: 0 },
        { entry, label: 'Paid', begin: 50, end: 50 },
      ],
      WIDTH,
    );
    assert.equal(room, WIDTH - 10);
  });

  it('narrow the scale for a bar from edge to edge, so that its label fits behind it', () => {
    const entry = { component: 'orders' } as TimelineEntry;
    const label = 'Processing, 2.0 s';
    const { room, placed } = placeEntries([{ entry, label, begin: 0, end: 2_000 }], WIDTH);
    assert.equal(placed[0]?.labelBefore, false);
    assert.equal(room, WIDTH - 10 - labelWidth(label));
  });

  function extentOf({ left, width, label, labelBefore }: PlacedEntry) {
    const letters = labelWidth(label);
    return labelBefore
      ? { from: left - letters, to: left + width }
      : { from: left, to: left + width + letters };
  }
});
