// The states of a booking in words and colors.
import { isKey, t } from '$lib/i18n/t';
import type { Booking } from '$lib/api/types';

interface Look {
  kind: 'ok' | 'warn' | 'neutral' | 'bad' | 'broken';
  struck?: boolean;
}

const OFF: Look = { kind: 'bad', struck: true };

const LOOKS: Record<string, Look> = {
  confirmed: { kind: 'ok' },
  paid: { kind: 'ok' },
  tentative: { kind: 'warn' },
  reserved: { kind: 'warn' },
  completed: { kind: 'neutral' },
  declined: OFF,
  cancelled: OFF,
  cancelled_by_customer: OFF,
  cancelled_by_owner: OFF,
  rescheduled_by_customer: OFF,
  unpaid: OFF,
  expired: OFF,
  error: { kind: 'broken' },
};

export const STATES = Object.keys(LOOKS);
export const GRAPHS = ['instant', 'confirm_decline'] as const;

export function look(state: string): Look {
  return LOOKS[state] ?? { kind: 'neutral' };
}

/** A state, an action or a graph in words; one that is not known yet is shown as it is spelled. */
export function word(area: 'state' | 'act' | 'graph' | 'actor' | 'done', name: string): string {
  const key = `${area}.${name}`;
  return isKey(key) ? t(key) : name.replaceAll('_', ' ');
}

/** Who the booking is for, else what it is about. */
export function title(booking: Booking): string {
  return booking.customers?.[0]?.name || String(booking.attributes?.event_info?.what ?? '') || t('booking.untitled');
}
