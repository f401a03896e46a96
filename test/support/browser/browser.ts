import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, BrowserContextOptions, ConsoleMessage, Page } from 'playwright-core';
import { findChromium } from '#tools/browser/chromium.ts';

/**
 * A browser window that knows nothing of any other: its own cookies, storage and cache. When it is closed it throws what
 * went wrong in its pages (an error on the console, one that nobody caught, a violation of the Content-Security-Policy, a
 * reply of 400 or above, a request to anywhere but the origin), so that `await using` fails the test.
 */
export interface Window extends AsyncDisposable {
  readonly page: Page;
  /** For a second page (`context.newPage()`), cookies, being offline. */
  readonly context: BrowserContext;
  /** The problems so far, without the expected ones. */
  problems(): string[];
  /** Ignores problems that match, before or after: `browser.expect(/status of 503/)`. */
  expect(pattern: RegExp): void;
}

export interface WindowOptions extends Omit<BrowserContextOptions, 'baseURL'> {
  /** Of the site under test: `page.goto('/swagger')` starts here, and no request may go anywhere else. */
  readonly baseURL: string;
}

/** Opens a window in the one browser of this process; the first takes about 0.2 s, the next 20 ms. */
export async function openBrowser({ baseURL, ...options }: WindowOptions): Promise<Window> {
  const browser = await (shared ??= launch());
  const context = await browser.newContext({
    baseURL,
    locale: 'en-GB',
    timezoneId: 'UTC',
    // An animation under way has colours and places of its own.
    reducedMotion: 'reduce',
    ...options,
  });
  const { origin, host } = new URL(baseURL);
  const all: string[] = [];
  const expected: RegExp[] = [];
  const problems = () => all.filter((problem) => !expected.some((pattern) => pattern.test(problem)));

  context.on('console', (message) => {
    if (message.type() === 'error') all.push(describe(message));
  });
  context.on('weberror', (error) => all.push(`uncaught: ${error.error().stack ?? error.error().message}`));
  context.on('request', (request) => {
    const url = new URL(request.url());
    const leaves = /^https?:$/.test(url.protocol) && url.origin !== origin;
    if (leaves) all.push(`a request left ${origin}: ${request.method()} ${request.url()}`);
  });
  context.on('page', (page) =>
    page.on('websocket', (socket) => {
      if (new URL(socket.url()).host !== host) all.push(`a web socket left ${origin}: ${socket.url()}`);
    }),
  );

  return {
    page: await context.newPage(),
    context,
    problems,
    expect(pattern) {
      expected.push(pattern);
    },
    async [Symbol.asyncDispose]() {
      await context.close();
      assert.deepEqual(problems(), [], 'what went wrong in the browser');
    },
  };
}

let shared: Promise<Browser> | undefined;

async function launch(): Promise<Browser> {
  const { executablePath, env } = await findChromium();
  // Chromium refuses to sandbox pages for root, and in most containers it cannot for anyone: these pages are our own.
  return chromium.launch({ executablePath, env, chromiumSandbox: false });
}

function describe(message: ConsoleMessage): string {
  const { url, lineNumber } = message.location();
  return `console: ${message.text()}${url ? ` (${url}:${lineNumber + 1})` : ''}`;
}

after('the browser is closed', async () => {
  // A failure to launch was reported where the browser was needed.
  const browser = await shared?.catch(() => {});
  await browser?.close();
});
