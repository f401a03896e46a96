import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Plugin, Rolldown } from 'vite';

/** Fails the build when a browser must load more than `limit` bytes of gzipped JavaScript before it shows anything. */
export function limitInitialJavaScript(limit: number): Plugin {
  return {
    name: 'limit-initial-javascript',
    apply: 'build',
    generateBundle(_options, bundle) {
      const initial = Object.values(bundle)
        .filter((output) => output.type === 'chunk')
        .filter((chunk) => chunk.isEntry)
        .reduce((seen, { fileName }) => importedBy(fileName, bundle, seen), new Set<string>());
      const bytes = [...initial].reduce((sum, file) => sum + gzippedSize(bundle[file]), 0);
      const kilobytes = `${Math.round(bytes / 1000)} of ${limit / 1000} kB`;
      if (bytes > limit) this.error(`the initial JavaScript is over its limit: ${kilobytes} gzipped`);
      console.log(`initial JavaScript: ${kilobytes} gzipped`);
    },
  };
}

/** A chunk with all its static imports. Dynamic imports are not counted. */
function importedBy(file: string, bundle: Rolldown.OutputBundle, seen: Set<string>): Set<string> {
  const chunk = bundle[file];
  if (chunk?.type !== 'chunk' || seen.has(file)) return seen;
  seen.add(file);
  for (const imported of chunk.imports) importedBy(imported, bundle, seen);
  return seen;
}

function gzippedSize(output: Rolldown.OutputBundle[string] | undefined): number {
  return output?.type === 'chunk' ? gzipSync(output.code).length : 0;
}

/** Writes each text file compressed beside itself, where @koa/send finds it. Nothing is compressed at request time. */
export function compressBeside(): Plugin {
  return {
    name: 'compress-beside',
    apply: 'build',
    writeBundle({ dir = '' }) {
      for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(js|css|html|svg)$/.test(name)) continue;
        const file = path.join(dir, name);
        const content = readFileSync(file);
        writeFileSync(`${file}.br`, brotliCompressSync(content));
        writeFileSync(`${file}.gz`, gzipSync(content));
      }
    },
  };
}
