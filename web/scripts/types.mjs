// `npm run types`: the types of the API's objects from its document. Paths and envelopes are left out, since
// `lib/api` has a function for each call.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';

export const DOCUMENT = process.env.OPENAPI ?? '../docs/openapi.json';
export const OUTPUT = 'src/lib/api/schema.d.ts';

export async function make() {
  const document = JSON.parse(readFileSync(DOCUMENT, 'utf8'));
  const schemas = Object.entries(document.components.schemas).filter(([name]) => !/^(One|Many|Paged)_/.test(name));
  const objects = { ...document, paths: {}, components: { schemas: Object.fromEntries(schemas) } };
  return `// Made by \`npm run types\` from docs/openapi.json.\n${astToString(await openapiTS(objects))}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(OUTPUT, await make());
