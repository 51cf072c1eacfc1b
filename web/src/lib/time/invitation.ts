// An appointment for other calendars: a file (RFC 5545), and addresses that fill in a form elsewhere.
import { instant } from './wall';

export interface Appointment {
  id: string;
  start: string;
  end: string;
  what: string;
  where: string;
}

/** `20261124T083000Z` */
const basic = (text: string): string => new Date(instant(text)).toISOString().replace(/[-:]|\.\d+/g, '');

const escape = (text: string): string => text.replace(/[\\;,]/g, '\\$&').replace(/\r?\n/g, '\\n');

/** Lines are at most 75 octets long; the rest goes on after a space (RFC 5545 §3.1). */
function fold(line: string): string {
  const encoder = new TextEncoder();
  let out = '';
  let size = 0;
  for (const letter of line) {
    const bytes = encoder.encode(letter).length;
    if (size + bytes > 74) {
      out += '\r\n ';
      size = 1;
    }
    out += letter;
    size += bytes;
  }
  return out;
}

export function icsFile(one: Appointment, now: number = Date.now()): string {
  const lines = [
    'BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Daybook//Booking page//EN', 'BEGIN:VEVENT', `UID:${one.id}`,
    `DTSTAMP:${basic(new Date(now).toISOString())}`, `DTSTART:${basic(one.start)}`, `DTEND:${basic(one.end)}`,
    `SUMMARY:${escape(one.what)}`, ...(one.where ? [`LOCATION:${escape(one.where)}`] : []), 'END:VEVENT', 'END:VCALENDAR',
  ];
  return lines.map((line) => `${fold(line)}\r\n`).join('');
}

export function googleAddress(one: Appointment): string {
  const query = new URLSearchParams({ action: 'TEMPLATE', text: one.what, dates: `${basic(one.start)}/${basic(one.end)}`, location: one.where });
  return `https://calendar.google.com/calendar/render?${query}`;
}

export function outlookAddress(one: Appointment): string {
  const query = new URLSearchParams({
    path: '/calendar/action/compose', rru: 'addevent', subject: one.what, location: one.where,
    startdt: new Date(instant(one.start)).toISOString(), enddt: new Date(instant(one.end)).toISOString(),
  });
  return `https://outlook.live.com/calendar/0/deeplink/compose?${query}`;
}
