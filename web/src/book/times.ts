// The times of one day as the list shows them. Pure.
import type { Slot } from '$lib/api/types';
import { clock } from '$lib/time/format';
import { wall } from '$lib/time/wall';

export interface Time {
  slot: Slot;
  text: string;
}

export interface Group {
  /** Empty where the day has few times. */
  name: '' | 'morning' | 'afternoon' | 'evening';
  times: Time[];
}

const MANY = 12;

/** In the order of the answer. Where the clock shows a time twice (the hour that is set back), each carries its offset. */
export function groups(slots: Slot[], hour12: boolean | undefined): Group[] {
  const shown = slots.map((slot) => {
    const at = wall(slot.start);
    return { slot, minutes: at?.minutes ?? 0, offset: at?.offset ?? '', text: clock(at?.minutes ?? 0, hour12) };
  });
  const twice = new Set(shown.filter((one, index) => shown.some((other, place) => place !== index && other.text === one.text)).map((one) => one.text));
  const times = shown.map(({ slot, minutes, offset, text }) => ({ slot, minutes, text: twice.has(text) ? `${text} ${utc(offset)}` : text }));
  if (times.length <= MANY) return [{ name: '', times }];
  const part = (name: Group['name'], from: number, to: number): Group => ({ name, times: times.filter((one) => one.minutes >= from && one.minutes < to) });
  return [part('morning', 0, 720), part('afternoon', 720, 1080), part('evening', 1080, 1440)].filter((group) => group.times.length > 0);
}

/** `UTC+1` from `+01:00`, `UTC+5:30` from `+05:30` */
export function utc(offset: string): string {
  const [, sign = '+', hours = '0', minutes = '00'] = /^([+-])(\d{2}):(\d{2})$/.exec(offset) ?? [];
  const rest = minutes === '00' ? '' : `:${minutes}`;
  return Number(hours) === 0 && !rest ? 'UTC' : `UTC${sign === '-' ? '−' : '+'}${Number(hours)}${rest}`;
}
