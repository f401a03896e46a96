// Preloaded into a service (node --import) by the torture: collects garbage regularly, so that the heap shows what the
// service holds. A heap with gigabytes to grow keeps garbage for minutes, and longer on a busy machine.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

/** In ms: several times in each quarter of the shortest life that is judged. One collection takes about 50 ms. */
const EVERY = 5_000;

if (isMainThread) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setInterval(collect, EVERY).unref();
}
