import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { blocking, compress } from './scripts/plugins.mjs';

const server = process.env.DAYBOOK_URL ?? 'http://127.0.0.1:8080';

/** Parts of `lib` and `frame` that only some pages need; the rest comes in one file, since small files compress badly. */
const SOME =
  /\/i18n\/en\/(?!auth|bookings|frame|resources|ui)|\/(Combobox|ConfirmDialog|CreateApp|Field|form|KeysHelp|MetaEditor|meta|Modal|NotFound|Palette|Password|projects|qr|SaveBar|SignInDialog|SortHead|ZoneDialog|ZoneField)\.|\/lib\/(cal|avail|time\/days)|\/api\/(events|availability)\./;
const isBase = (id: string) =>
  /\/node_modules\/(svelte|clsx)\/|\/lucide\/svelte\/dist\/Icon|\/src\/lib\/|\/src\/admin\/(frame\/)?[^/]+$/.test(id) && !SOME.test(id);

// The booking page is built by itself (`--mode book`): its runtime holds what it uses, and no more.
export default defineConfig(({ isSsrBuild, mode }) => ({
  plugins: [svelte(), ...(mode === 'book' ? [] : [blocking('src/admin/theme.js', 'admin.html')]), compress()],
  resolve: { alias: { $lib: fileURLToPath(new URL('./src/lib', import.meta.url)) } },
  build: {
    target: ['chrome123', 'edge123', 'firefox128', 'safari17.5'],
    // A data: address would need more than 'self' in the policy of fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    emptyOutDir: mode !== 'book',
    rolldownOptions: {
      input: [mode === 'book' ? 'book.html' : 'admin.html'],
      ...(isSsrBuild || mode === 'book' ? {} : { output: { codeSplitting: { groups: [{ name: 'base', test: isBase }] } } }),
    },
  },
  server: {
    // The pages are `/admin/*` and `/book/*`; everything else that they ask for is the server's.
    proxy: Object.fromEntries(
      ['/v2', '/admin/api', '/docs', '/openapi.json'].map((path) => [path, server]),
    ),
  },
  appType: 'mpa',
}));
