// Events: what takes a resource's time without being a booking.
import { call } from './client';
import type { Calendar, CalendarEvent, PageOf } from './types';

/** The events that overlap a stretch of time, of one resource or of all. */
export const listEvents = async (query: { start: string; end: string; resource_id?: string }) =>
  (await call<{ data: CalendarEvent[] }>('/v2/events', { query })).data;

export interface EventFields {
  what: string;
  where: string;
  description: string;
  /** Instants, or times without an offset that are read in the viewer's zone. */
  start: string;
  end: string;
  all_day: boolean;
}

/** Without a calendar, the resource's primary one takes it. */
export const createEvent = async (body: EventFields & { resource_id: string; calendar_id?: string }, zone?: string) =>
  (await call<{ data: CalendarEvent }>('/v2/events', { method: 'POST', body, ...(zone ? { zone } : {}) })).data;

export const saveEvent = async (id: string, body: Partial<EventFields>, zone?: string) =>
  (await call<{ data: CalendarEvent }>(`/v2/events/${id}`, { method: 'PUT', body, ...(zone ? { zone } : {}) })).data;

export const deleteEvent = (id: string) => call(`/v2/events/${id}`, { method: 'DELETE' });

export const listCalendars = (resource: string) =>
  call<PageOf<Calendar>>('/v2/calendars', { query: { search: `resource.id:${resource}`, limit: 1000 } });
