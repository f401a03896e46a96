import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expectAccessible } from '#test/support/browser/accessible.ts';
import { openBrowser } from '#test/support/browser/browser.ts';

const PAGES: Record<string, string> = {
  '/': '<h1>Orders</h1><p>None yet.</p>',
  '/mute': '<h1>Orders</h1><img src="/dot.svg"><button></button>',
  '/console': '<script src="/console.js"></script>',
  '/console.js': 'console.error("no orders")',
  '/throws': '<script src="/throws.js"></script>',
  '/throws.js': 'throw new Error("no such order")',
  '/inline': '<script>document.title = "run"</script>',
  '/absent': '<script src="/absent.js"></script>',
  '/elsewhere': '<img src="http://127.0.0.1:9/dot.png" alt="a dot">',
  '/dot.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
};

describe('the browser of the tests', function () {
  this.timeout(60_000);
  let server: Server;
  let baseURL: string;
  before(async () => {
    server = createServer((request, response) => {
      const url = request.url ?? '';
      const page = PAGES[url];
      const type = url.endsWith('.js')
        ? 'text/javascript'
        : url.endsWith('.svg')
          ? 'image/svg+xml'
          : 'text/html';
      response.setHeader('content-security-policy', "default-src 'self'; img-src 'self' http://127.0.0.1:9");
      response.setHeader('content-type', type);
      if (page === undefined) return response.writeHead(url === '/favicon.ico' ? 204 : 404).end();
      const html = `<!doctype html><html lang="en"><title>Gozon</title><main>${page}</main></html>`;
      return response.end(type === 'text/html' ? html : page);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());

  it('has nothing to say of a page where all is well', async () => {
    await using browser = await openBrowser({ baseURL });
    await browser.page.goto('/');
    await browser.page.getByRole('heading', { name: 'Orders' }).waitFor();
    await expectAccessible(browser.page);
  });

  for (const [path, problem] of Object.entries({
    '/console': /no orders/,
    '/throws': /no such order/,
    '/inline': /Content Security Policy/,
    '/absent': /status of 404/,
    '/elsewhere': /left http:.* GET http:\/\/127\.0\.0\.1:9\/dot\.png/,
  })) {
    it(`fails the test in which ${path} went wrong, unless that was expected`, async () => {
      const browser = await openBrowser({ baseURL });
      await browser.page.goto(path);
      await assert.rejects(async () => browser[Symbol.asyncDispose](), problem);
      browser.expect(problem);
      browser.expect(/net::ERR/);
      assert.deepEqual(browser.problems(), []);
    });
  }

  it('tells what somebody who cannot see a page misses', async () => {
    await using browser = await openBrowser({ baseURL });
    await browser.page.goto('/mute');
    await assert.rejects(expectAccessible(browser.page), /image-alt[^]*button-name|button-name[^]*image-alt/);
    await expectAccessible(browser.page, { without: ['image-alt', 'button-name'] });
  });

  it('gives each window cookies and storage of its own', async () => {
    await using one = await openBrowser({ baseURL });
    await using other = await openBrowser({ baseURL });
    await one.page.goto('/');
    await other.page.goto('/');
    await one.page.evaluate('localStorage.setItem("who", "one"); document.cookie = "who=one"');
    assert.deepEqual(await other.page.evaluate('[localStorage.getItem("who"), document.cookie]'), [null, '']);
  });
});
