// What the viewer chose for this browser: zone, theme, single-letter keys.
import { setViewer, viewer } from '$lib/time/zones';

export type Theme = 'system' | 'light' | 'dark';
const KEYS = 'daybook.keys';

class Prefs {
  zone = $state(viewer());
  theme = $state<Theme>(readTheme());
  singleKeys = $state(localStorage.getItem(KEYS) !== 'off');

  setZone(zone: string): void {
    setViewer(zone);
    this.zone = zone;
  }

  /** Kept in a cookie, which the script before the first paint reads. */
  setTheme(theme: Theme): void {
    this.theme = theme;
    const age = theme === 'system' ? 0 : 31_536_000;
    document.cookie = `theme=${theme}; path=/admin; max-age=${age}; samesite=lax`;
    document.documentElement.dataset.theme = theme === 'system' ? '' : theme;
  }

  setSingleKeys(on: boolean): void {
    this.singleKeys = on;
    localStorage.setItem(KEYS, on ? 'on' : 'off');
  }
}

function readTheme(): Theme {
  const set = document.documentElement.dataset.theme;
  return set === 'light' || set === 'dark' ? set : 'system';
}

export const prefs = new Prefs();
