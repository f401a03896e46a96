import { createCustomerClient } from '@gozon/client';
import { browserTransport } from '../api/browser-transport.ts';
import { followWithReconnect } from './follow-with-reconnect.ts';
import { createStreamHub } from './stream-hub.ts';

// The script of the SharedWorker that all tabs have together. It lives as long as one of them.

const hub = createStreamHub(async ({ userId, headers }, options) =>
  followWithReconnect(createCustomerClient(userId, browserTransport(headers)), options),
);

addEventListener('connect', (event) => {
  for (const port of (event as MessageEvent).ports) hub.connect(port);
});
