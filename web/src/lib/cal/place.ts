// How high an hour is drawn.
const HOUR = 52;

/** Minutes of the axis as a length on the page. */
export function place(minutes: number): string {
  return `${(minutes / 60) * HOUR}px`;
}
