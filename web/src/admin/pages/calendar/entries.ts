// What stands in the calendar: bookings and events, in one shape.
import { listBookings } from '$lib/api/bookings';
import { listEvents } from '$lib/api/events';
import type { Booking, CalendarEvent, Resource } from '$lib/api/types';
import type { DaySpan, Span } from '$lib/cal/layout';
import { t } from '$lib/i18n/t';
import { toText, wallAt } from '$lib/time/days';
import { instant } from '$lib/time/wall';
import { look, title, word } from '../bookings/states';
import type { Group } from './view';

export type Look = 'ok' | 'warn' | 'neutral' | 'bad' | 'broken' | 'info';

export interface Entry extends Span, DaySpan {
  id: string;
  title: string;
  /** The second line: what a booking is about, where an event is. */
  detail: string;
  group: Group;
  look: Look;
  struck: boolean;
  /** In words, for those who do not see the color. */
  state: string;
  resource: { id: string; name: string };
  /** Stands in the row of whole days. */
  whole: boolean;
  /** The event, where it is one: only events are moved here. */
  event?: CalendarEvent;
}

const DAY = 86_400_000;
const GROUP_OF: Record<string, Group> = { ok: 'confirmed', warn: 'waiting', neutral: 'over', bad: 'cancelled', broken: 'confirmed' };
/** The list of bookings finds those that lie within a stretch: it is asked for this much more on both sides. */
const AROUND = 7 * DAY;
const MOST = 1000;

/** All that overlaps a stretch of time, in the viewer's zone. */
export async function loadEntries(from: number, to: number, zone: string, resources: readonly Resource[]): Promise<Entry[]> {
  const [bookings, events] = await Promise.all([
    listBookings({
      start: toText(from - AROUND), end: toText(to + AROUND), limit: MOST, orderBy: 'event.start', sortedBy: 'asc',
      include: 'attributes,customers,resource',
    }),
    listEvents({ start: toText(from), end: toText(to) }),
  ]);
  // A booking that takes time has written an event: it is shown once.
  const booked = new Set(bookings.data.map((booking) => booking.id));
  const owners = new Map(resources.map((resource) => [resource.id, resource]));
  return [
    ...bookings.data.map((booking) => ofBooking(booking, zone)),
    ...events.filter((event) => !event.booking_id || !booked.has(event.booking_id)).map((event) => ofEvent(event, zone, owners.get(event.resource_id))),
  ].filter((entry) => entry.end >= from && entry.start < to);
}

function ofBooking(booking: Booking, zone: string): Entry {
  const info = booking.attributes?.event_info;
  const { kind, struck = false } = look(booking.state);
  const what = String(info?.what ?? '');
  return {
    ...times(info?.start ?? '', info?.end ?? '', zone),
    id: booking.id, title: title(booking), detail: what, group: GROUP_OF[kind] ?? 'confirmed', look: kind, struck,
    state: word('state', booking.state),
    resource: { id: booking.resource?.id ?? '', name: booking.resource?.name ?? '' },
  };
}

function ofEvent(event: CalendarEvent, zone: string, owner?: Resource): Entry {
  const shared = {
    title: event.what || t('cal.untitled'), detail: event.where, resource: { id: event.resource_id, name: owner?.name ?? '' },
    struck: event.rsvp === 'declined',
  };
  // What a booking wrote is moved with the booking: one that lasts longer than the list of bookings was asked for.
  if (event.booking_id) {
    return { ...times(event.start, event.end, zone), ...shared, id: event.booking_id, group: 'confirmed', look: 'ok', state: t('booking.title') };
  }
  return {
    ...times(event.start, event.end, zone, event.all_day ? owner?.timezone : undefined), ...shared,
    id: event.id, group: 'events', look: 'info', state: t('cal.event'), event,
  };
}

/** Whole days are dates of the resource's zone, wherever they are looked at from; what lasts a day or longer stands with them. */
function times(start: string, end: string, zone: string, own?: string) {
  const from = instant(start);
  const to = instant(end);
  const first = wallAt(own ?? zone, from).date;
  const last = wallAt(own ?? zone, Math.max(from, to - 1)).date;
  return { start: from, end: to, first, last, whole: own !== undefined || to - from >= DAY };
}
