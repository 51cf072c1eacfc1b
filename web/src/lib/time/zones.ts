// Zone names: the viewer's choice, the list to choose from, offsets in words.

const STORED = 'daybook.zone';

/** The zone that this browser runs in. */
export function guess(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

/** The viewer's zone: chosen in the profile menu, else the browser's. */
export function viewer(): string {
  const stored = localStorage.getItem(STORED);
  return stored && isZone(stored) ? stored : guess();
}

export function setViewer(zone: string): void {
  localStorage.setItem(STORED, zone);
}

export function isZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}

/** `UTC+1`, at the given instant. */
export function offset(zone: string, at: number = Date.now()): string {
  const parts = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'shortOffset' }).formatToParts(at);
  const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? 'UTC';
  return name === 'GMT' ? 'UTC' : name.replace('GMT', 'UTC').replace('-', '−');
}

/** `Europe/Copenhagen (UTC+1)`: a zone is never three letters. */
export function label(zone: string, at?: number): string {
  return zone === 'UTC' ? 'UTC' : `${zone} (${offset(zone, at)})`;
}

/** `Copenhagen` from `Europe/Copenhagen` */
export function city(zone: string): string {
  return (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');
}

/** Every zone that the browser knows, with UTC and the current one in any case. */
export function all(current?: string): string[] {
  const names = new Set(['UTC', ...Intl.supportedValuesOf('timeZone')]);
  if (current) names.add(current);
  return [...names].sort();
}
