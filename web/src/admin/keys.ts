// Keys of the panel: single letters and `g` followed by one. They never fire in a field or over a dialog.
import { go } from './here.svelte';
import { prefs } from './prefs.svelte';
import { href, type RouteName } from './router';

export type Command = 'palette' | 'help';

const PAGES: Record<string, RouteName> = { c: 'calendar', b: 'bookings', r: 'resources', p: 'projects', a: 'apiSettings', s: 'settingsApp' };
const SEQUENCE = 1200;

/** Listens until the returned function is called. */
export function listenKeys(run: (command: Command) => void): () => void {
  let started = 0;

  function key(event: KeyboardEvent) {
    if (event.defaultPrevented || document.querySelector('dialog[open]')) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      return run('palette');
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !prefs.singleKeys || inField(event)) return;

    const page = event.timeStamp - started < SEQUENCE ? PAGES[event.key] : undefined;
    started = 0;
    if (page) void go(href(page));
    else if (event.key === 'g') started = event.timeStamp;
    else if (event.key === 'n') void go(href('newBooking'));
    else if (event.key === '?') run('help');
    else if (event.key === '/') run('palette');
    else return;
    event.preventDefault();
  }

  addEventListener('keydown', key);
  return () => removeEventListener('keydown', key);
}

export function inField(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  return target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
}
