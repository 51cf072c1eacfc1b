// What is wrong with a draft before it is sent.
import { t } from '$lib/i18n/t';
import type { Errors } from '$lib/ui/form.svelte';
import type { Draft } from './draft';

export function check(draft: Draft): Errors {
  const errors: Errors = {};
  if (!draft.name.trim()) errors.name = t('form.required');
  if (draft.slug.trim() && !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(draft.slug.trim())) errors.slug = t('project.slugShape');
  if (draft.resources.length === 0) errors.resources = t('project.noneSelected');
  return errors;
}

/** The fields at which the forms show what the server refused. */
export const SHOWN = ['name', 'slug', 'resources', 'availability.length', 'availability.timeslot_increments', 'availability.buffer', 'availability.from', 'availability.to', 'booking.where', 'booking.description', 'ui.time_date_format'];
