// What the page is about: the server's data block, and what of it the page shows.
import { hostedProject } from '$lib/api/book';
import { ApiError } from '$lib/api/error';
import type { BookPage, HostedProject } from '$lib/api/types';

export async function readPage(): Promise<BookPage> {
  const block = document.getElementById('page');
  if (block) return JSON.parse(block.textContent) as BookPage;
  const app = { name: '', contact_email: null, test_mode: false };
  try {
    return { state: 'open', project: await hostedProject(decodeURIComponent(slug())), app, who: null };
  } catch (error) {
    return { state: error instanceof ApiError && error.status === 404 ? 'unknown' : 'off', project: null, app, who: null };
  }
}

/** `/book/consultation/done` → `/book/consultation` */
export const home = (): string => `/book/${slug()}`;

const slug = (): string => location.pathname.split('/')[2] ?? '';

/** The flows that this page knows. */
const GRAPHS = ['instant', 'confirm_decline'];

export function isOpen(page: BookPage): page is BookPage & { project: HostedProject } {
  return page.state === 'open' && page.project !== null && GRAPHS.includes(page.project.booking.graph ?? 'instant');
}

/** How the project wants dates and hours written; without a wish the reader's habits hold. */
export interface Look {
  hour12: boolean | undefined;
  /** 1 is Monday, 7 Sunday. */
  firstDay: number | undefined;
}

export function lookOf(project: HostedProject): Look {
  const wish = project.ui.time_date_format ?? '';
  return {
    hour12: wish.startsWith('12h') ? true : wish.startsWith('24h') ? false : undefined,
    firstDay: wish.endsWith('sun') ? 7 : wish.endsWith('mon') ? 1 : undefined,
  };
}

const ZONE = 'daybook.book.zone';

/** The visitor's choice, kept for the visit. */
export const chosenZone = (): string | null => sessionStorage.getItem(ZONE);
export const keepZone = (zone: string): void => sessionStorage.setItem(ZONE, zone);
