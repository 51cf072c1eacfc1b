// The calls that "Try it" offers, with a body to start from.

export interface Operation {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  body?: unknown;
}

export const OPERATIONS: Operation[] = [
  { method: 'GET', path: '/v2/app' },
  { method: 'GET', path: '/v2/resources' },
  { method: 'POST', path: '/v2/resources', body: { name: 'Meeting room', timezone: 'Europe/Copenhagen' } },
  { method: 'GET', path: '/v2/resources/:id' },
  { method: 'PUT', path: '/v2/resources/:id', body: { name: 'Meeting room 2' } },
  { method: 'DELETE', path: '/v2/resources/:id' },
  { method: 'GET', path: '/v2/bookings?include=attributes,customers' },
  {
    method: 'POST',
    path: '/v2/bookings',
    body: {
      resource_id: '',
      graph: 'confirm_decline',
      start: '2031-05-06T09:00:00+02:00',
      end: '2031-05-06T09:45:00+02:00',
      what: 'Consultation',
      where: 'Kanalgade 4',
      description: '',
      customer: { name: 'Ida Holm', email: 'ida@example.com' },
    },
  },
  { method: 'GET', path: '/v2/bookings/:id?include=attributes,customers,logs' },
  { method: 'PUT', path: '/v2/bookings/:id', body: { meta: { room: '4' } } },
  { method: 'PUT', path: '/v2/bookings/:id/confirm', body: {} },
  { method: 'PUT', path: '/v2/bookings/:id/decline', body: { decline: { message: '' } } },
  { method: 'PUT', path: '/v2/bookings/:id/cancel', body: { cancel: { message: '' } } },
  { method: 'DELETE', path: '/v2/bookings/:id' },
  { method: 'GET', path: '/v2/bookings/graphs' },
];

export const METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const;

/** A path that may be sent: below `/v2`, with no parameter left open. */
export function isSendable(path: string): boolean {
  return /^\/v2\/[^\s]*$/.test(path) && !path.includes('/:') && !path.includes('..');
}
