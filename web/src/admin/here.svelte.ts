// Where the panel is: the address as state, moving by the History API, and asking before unsaved work is left.
import { match, type Match } from './router';

class Here {
  path = $state(location.pathname);
  search = $state(location.search);
  route: Match | null = $derived(match(this.path));
  query: URLSearchParams = $derived(new URLSearchParams(this.search));
  /** How many pages were opened so far; the first one does not take the focus. */
  moves = $state(0);
}

export const here = new Here();

type Guard = () => Promise<boolean>;
let guard: Guard | null = null;

/** Asks before the page is left; `null` lets go. */
export function setGuard(next: Guard | null): void {
  guard = next;
}

export async function go(url: string, how: { replace?: boolean; force?: boolean } = {}): Promise<void> {
  const next = new URL(url, location.href);
  if (guard && !how.force && next.pathname !== here.path && !(await guard())) return;
  history[how.replace ? 'replaceState' : 'pushState'](null, '', url);
  arrive();
}

/** Changes the query in place; an empty value takes the name out. */
export function setQuery(changes: Record<string, string>): void {
  const query = new URLSearchParams(here.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const text = query.toString();
  history.replaceState(null, '', text ? `${here.path}?${text}` : here.path);
  here.search = location.search;
}

function arrive(): void {
  if (location.pathname !== here.path) {
    here.moves += 1;
    guard = null;
  }
  here.path = location.pathname;
  here.search = location.search;
}

async function back(): Promise<void> {
  if (guard && location.pathname !== here.path) {
    const wanted = location.href;
    history.pushState(null, '', here.path + here.search);
    if (await guard()) await go(wanted, { force: true });
    return;
  }
  arrive();
}

/** Turns clicks on links of the panel into moves. */
function click(event: MouseEvent): void {
  const link = (event.target as Element).closest?.('a');
  if (!link || event.defaultPrevented || event.button !== 0 || link.target || link.hasAttribute('download')) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (link.origin !== location.origin || link.hash || !match(link.pathname)) return;
  event.preventDefault();
  void go(link.pathname + link.search);
}

export function listen(): void {
  addEventListener('popstate', () => void back());
  document.addEventListener('click', click);
  addEventListener('beforeunload', (event) => {
    if (guard) event.preventDefault();
  });
}
