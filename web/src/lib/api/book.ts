// What the booking page asks for: the calls that the widget key opens.
import { addDays, instant, wall } from '$lib/time/wall';
import { call } from './client';
import type { Booking, HostedProject, Slot } from './types';

export const hostedProject = async (slug: string) =>
  (await call<{ data: HostedProject }>(`/v2/projects/hosted/${encodeURIComponent(slug)}`, { open: true })).data;

/** The dates of a zone on which a booking can begin, in order: all that the project offers. */
export async function freeDates(project: HostedProject, zone: string): Promise<string[]> {
  const { data } = await call<{ data: { date: string }[] }>('/v2/availability/dates', {
    method: 'POST', zone, key: project.app_key, body: { project_id: project.id, output_timezone: zone },
  });
  return data.map((one) => one.date).sort();
}

/**
 * The free times from the day before a date to the day after it. A time near midnight needs both neighbours: an answer
 * ends where its range ends. Where the range would go beyond the free dates, the project's own bounds hold.
 */
export async function timesAround(project: HostedProject, zone: string, dates: string[], date: string): Promise<Slot[]> {
  const from = addDays(date, -1);
  const to = addDays(date, 2);
  const first = dates[0] ?? date;
  const last = dates.at(-1) ?? date;
  const { data } = await call<{ data: Slot[] }>('/v2/availability', {
    method: 'POST', zone, key: project.app_key,
    body: {
      project_id: project.id, output_timezone: zone,
      ...(from > first ? { from } : {}),
      ...(to <= last ? { to } : {}),
    },
  });
  return data;
}

/** Those that begin on the date, on the clock of the answer. */
export const timesOn = (slots: Slot[], date: string): Slot[] => slots.filter((slot) => wall(slot.start)?.date === date);

/** The three that begin nearest to an instant, in order of time. */
export function nearest(slots: Slot[], start: string): Slot[] {
  const from = (slot: Slot) => Math.abs(instant(slot.start) - instant(start));
  return [...slots].sort((a, b) => from(a) - from(b)).slice(0, 3).sort((a, b) => instant(a.start) - instant(b.start));
}

export type Customer = Record<string, string | boolean | string[]>;

/** `key` makes a second press, or a retry after a lost answer, book once. */
export async function bookSlot(project: HostedProject, slot: Slot, customer: Customer, zone: string, key: string): Promise<Booking> {
  const place = customer.location;
  const { data } = await call<{ data: Booking }>('/v2/bookings', {
    method: 'POST', zone, key: project.app_key, query: { include: 'attributes' }, headers: { 'Idempotency-Key': key },
    body: {
      project_id: project.id, resource_id: slot.resources[0]?.id, start: slot.start, end: slot.end,
      ...(place ? { where: place } : {}),
      customer: { ...customer, timezone: zone },
    },
  });
  return data;
}
