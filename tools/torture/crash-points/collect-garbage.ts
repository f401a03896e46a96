// Preloaded into a service (node --import) by the torture: has it free what can be freed, so that what is left is what it
// holds. A heap that has gigabytes to grow into keeps garbage for minutes, the longer the less CPU there is.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

/** In ms: several times in each quarter of the shortest life that is judged. It takes some 50 ms. */
const EVERY = 5_000;

if (isMainThread) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setInterval(collect, EVERY).unref();
}
