/**
 * Connects to the SharedWorker of all tabs. Web Locks would elect one of the tabs instead, but browsers offer them to
 * pages over HTTPS only, and there HTTP/2 has no need of sharing.
 * @throws Error where the browser has no SharedWorker (Chrome on Android), or refuses it
 */
export function connectToHub(onError: () => void): MessagePort {
  const worker = new SharedWorker(new URL('./stream-worker.ts', import.meta.url), {
    type: 'module',
    name: 'order streams',
  });
  // Its script is missing: another version was deployed.
  worker.addEventListener('error', onError);
  return worker.port;
}
