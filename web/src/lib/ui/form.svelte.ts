// A form's progress and errors: one submit at a time, field errors at the fields, focus on the first.
import { ApiError } from '$lib/api/error';
import { tick } from 'svelte';

export type Errors = Record<string, string>;

export class Form {
  busy = $state(false);
  errors = $state<Errors>({});
  failure = $state<ApiError | null>(null);

  /** Runs `check`, then `act`; a refused field or a failed call leaves what was typed as it is. */
  async submit(event: SubmitEvent, check: () => Errors, act: () => Promise<void>): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    if (this.busy) return;
    this.failure = null;
    this.errors = check();
    if (Object.keys(this.errors).length === 0) await this.run(act);
    await tick();
    form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }

  /** Runs `act` and keeps its failure. */
  async run(act: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.failure = null;
    try {
      await act();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.errors = error.fields;
      this.failure = error;
    } finally {
      this.busy = false;
    }
  }

  /** The failure, unless the named fields already show all of it. */
  summary(...shown: string[]): ApiError | null {
    const names = Object.keys(this.failure?.fields ?? {});
    const covered = names.length > 0 && names.length <= 3 && names.every((name) => shown.includes(name));
    return covered ? null : this.failure;
  }
}
