// How far the visitor is. Kept in the browser's history entry.
import type { Slot } from '$lib/api/types';

/** What was booked. */
export interface Receipt {
  id: string;
  state: string;
  start: string;
  end: string;
  zone: string;
  email: string;
  /** Who was booked. */
  with: string;
  where: string;
}

export interface Step {
  /** The chosen time, and the zone in which it was shown. */
  slot?: Slot;
  zone?: string;
  receipt?: Receipt;
}
