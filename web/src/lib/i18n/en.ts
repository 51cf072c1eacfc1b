// English: the language that types the keys of all others. One file per noun in `en/`.
import { api } from './en/api';
import { auth } from './en/auth';
import { availability } from './en/availability';
import { book } from './en/book';
import { bookings } from './en/bookings';
import { calendar } from './en/calendar';
import { frame } from './en/frame';
import { projects } from './en/projects';
import { resources } from './en/resources';
import { settings } from './en/settings';
import { ui } from './en/ui';

export const en = {
  ...api,
  ...auth,
  ...availability,
  ...book,
  ...bookings,
  ...calendar,
  ...frame,
  ...projects,
  ...resources,
  ...settings,
  ...ui,
};
