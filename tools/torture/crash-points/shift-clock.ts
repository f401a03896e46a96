// Preloaded into a service (node --import) by the torture: its clock is off by as many ms as a file says when it starts. The
// product asks JavaScript's Date for the time. Timers, and the native code of the Temporal SDK, keep the machine's clock.
import { CRASH_POINT_FILE, readClock } from './crash-point-list.ts';

const file = process.env[CRASH_POINT_FILE];
const off = file === undefined ? 0 : readClock(file);

if (off !== 0) {
  const RightDate = Date;
  const now = () => RightDate.now() + off;
  globalThis.Date = new Proxy(RightDate, {
    construct: (right, given, self) =>
      Reflect.construct(right, given.length === 0 ? [now()] : given, self) as Date,
    get: (right, name) => (name === 'now' ? now : (Reflect.get(right, name) as unknown)),
  });
}
