// The two steps of the build that Vite lacks: a script that runs before the first paint, and the
// compressed copies that the server hands out.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

/** Puts `file` at the top of an entry as a classic script, so that it runs before the first paint. */
export function blocking(file, entry) {
  const name = file.replace(/^.*\//, '').replace('.js', '');
  let source = '';
  let path = '';

  return {
    name: 'daybook-blocking',
    buildStart() {
      source = readFileSync(file, 'utf8').replace(/^\/\/.*\n/gm, '');
      path = `assets/${name}-${createHash('sha256').update(source).digest('hex').slice(0, 8)}.js`;
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: path, source });
    },
    transformIndexHtml(_html, context) {
      if (!context.path.endsWith(entry)) return [];
      const src = context.server ? `/${file}` : `/${path}`;
      return [{ tag: 'script', attrs: { src }, injectTo: 'head-prepend' }];
    },
  };
}

/** Writes a `.br` and a `.gz` beside each text file of the output. */
export function compress() {
  let folder = '';

  return {
    name: 'daybook-compress',
    apply: 'build',
    configResolved(config) {
      folder = config.build.outDir;
      this.skip = Boolean(config.build.ssr) || !config.build.write;
    },
    closeBundle() {
      if (this.skip) return;
      for (const entry of readdirSync(folder, { recursive: true })) {
        if (!/\.(css|html|js|json|svg)$/.test(entry)) continue;
        const path = join(folder, entry);
        const bytes = readFileSync(path);
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
      }
    },
  };
}
