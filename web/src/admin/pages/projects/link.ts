// The address of a project's page.
import { session } from '../../session.svelte';

export function pageLink(slug: string, query: Record<string, string> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value.trim() !== '').map(([name, value]) => [`customer.${name}`, value.trim()]);
  const text = new URLSearchParams(given).toString();
  const address = `${session.server?.public_url ?? location.origin}/book/${encodeURIComponent(slug)}`;
  return text ? `${address}?${text}` : address;
}
