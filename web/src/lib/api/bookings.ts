// Bookings: list, one, create, and the actions of their graphs.
import { now } from '$lib/time/wall';
import { call } from './client';
import type { Booking, Meta, PageOf } from './types';

export const PAGE = 50;
const LIST = 'attributes,customers,resource,available_actions';

export interface BookingQuery {
  search?: string;
  start?: string;
  end?: string;
  page?: number;
  limit?: number;
  orderBy?: string;
  sortedBy?: string;
  include?: string;
}

export const listBookings = (query: BookingQuery) =>
  call<PageOf<Booking>>('/v2/bookings', { query: { limit: PAGE, include: LIST, ...query } });

export const countBookings = async (query: BookingQuery) =>
  (await call<PageOf<Booking>>('/v2/bookings', { query: { ...query, limit: 1 } })).total;

/** Requests that a person must answer. */
export const WAITING = 'state:tentative;graph:confirm_decline';

/** The coming bookings of a resource that take place. */
export const comingQuery = (resource: string): BookingQuery => ({
  search: `resource.id:${resource};completed:false`, start: now(), orderBy: 'event.start', sortedBy: 'asc',
});

export const getBooking = async (id: string) =>
  (await call<{ data: Booking }>(`/v2/bookings/${encodeURIComponent(id)}`, { query: { include: `${LIST},logs,meta` } })).data;

export interface NewBooking {
  resource_id: string;
  graph: string;
  /** Times without an offset: read in `zone`. */
  start: string;
  end: string;
  what: string;
  where: string;
  description: string;
  customer: Record<string, string>;
}

/** `key` makes a second press, or a retry after a lost answer, book once. */
export const createBooking = async (body: NewBooking, zone: string, key: string) =>
  (await call<{ data: Booking }>('/v2/bookings', {
    method: 'POST', body, zone, headers: { 'Idempotency-Key': key },
  })).data;

export const actOnBooking = async (id: string, action: string, message = '') =>
  (await call<{ data: Booking }>(`/v2/bookings/${id}/${action}`, {
    method: 'PUT', body: message ? { [action]: { message } } : {},
  })).data;

export const saveMeta = (id: string, meta: Meta) => call(`/v2/bookings/${id}`, { method: 'PUT', body: { meta } });

/** A random key; `crypto.randomUUID` is missing on plain http addresses. */
export function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
