// Calls as `curl` lines, with the key as the password of an empty user name.
import { viewer } from '$lib/time/zones';

/** The first call to make with a new token. */
export function curl(origin: string, token: string): string {
  return `curl -u :${token} ${origin}/v2/bookings \\\n  -H 'Timekit-Timezone: ${viewer()}'`;
}

export function curlOf(origin: string, method: string, path: string, body: string): string {
  const lines = [`curl -u :$APP_TOKEN ${method === 'GET' ? '' : `-X ${method} `}${quote(origin + path)}`];
  if (body) lines.push(`-H 'Content-Type: application/json'`, `-d ${quote(body)}`);
  return lines.join(' \\\n  ');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
