// Events: what takes a resource's time without being a booking.
import { call } from './client';
import type { CalendarEvent } from './types';

/** The events that overlap a stretch of time, of one resource or of all. */
export const listEvents = async (query: { start: string; end: string; resource_id?: string }) =>
  (await call<{ data: CalendarEvent[] }>('/v2/events', { query })).data;

export interface EventFields {
  what: string;
  where: string;
  description: string;
  /** Instants; dates of the resource's zone where it lasts whole days, the last one not included. */
  start: string;
  end: string;
  all_day: boolean;
}

/** Without a calendar, the resource's primary one takes it. */
export const createEvent = async (body: EventFields & { resource_id: string; calendar_id?: string }) =>
  (await call<{ data: CalendarEvent }>('/v2/events', { method: 'POST', body })).data;

/** One instance of a repeated event has an id of its own. */
export const saveEvent = async (id: string, body: Partial<EventFields>) =>
  (await call<{ data: CalendarEvent }>(`/v2/events/${encodeURIComponent(id)}`, { method: 'PUT', body })).data;

export const deleteEvent = (id: string) => call(`/v2/events/${encodeURIComponent(id)}`, { method: 'DELETE' });
