import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compressBeside, limitInitialJavaScript } from './build-checks.ts';

/** Where `npm run dashboard` forwards API requests: a system of `npm start`. */
const gateway = process.env['GATEWAY_URL'] ?? `http://127.0.0.1:${process.env['GATEWAY_PORT'] ?? 8080}`;

/** The gateway's paths. /api/*.ts is a folder of the dashboard. */
const PROXIED_PATHS = [
  '^/api/(orders|payments|system|stack)(/|\\?|$)',
  '/settings.json',
  '/swagger',
  '/openapi.json',
  '/asyncapi.json',
];

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), limitInitialJavaScript(250_000), compressBeside()],
  build: {
    target: 'es2024',
    // Our Content-Security-Policy allows no data: URLs.
    assetsInlineLimit: 0,
    // Every browser that we build for has it.
    modulePreload: { polyfill: false },
    // The licences of what is bundled ask that their texts go with it.
    license: { fileName: 'licenses.md' },
  },
  server: {
    host: '127.0.0.1',
    port: 5173,
    strictPort: true,
    proxy: Object.fromEntries(PROXIED_PATHS.map((path) => [path, gateway])),
  },
});
