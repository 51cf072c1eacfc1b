// The first steps of a new app. They tick themselves: the server knows what is done.
import { getChecklist } from '$lib/api/session';
import type { Checklist } from '$lib/api/types';

class Steps {
  data = $state<Checklist | null>(null);

  readonly steps = ['token_stored', 'first_resource', 'first_booking'] as const;

  get done(): number {
    return this.steps.filter((step) => this.data?.[step]).length;
  }

  get finished(): boolean {
    return this.data !== null && this.done === this.steps.length;
  }

  /** A failure is not shown: the list is a courtesy. */
  async load(): Promise<void> {
    this.data = await getChecklist().catch(() => this.data);
  }
}

export const checklist = new Steps();
