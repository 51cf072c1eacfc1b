// Which component shows which address. Each page is loaded when it is opened; addresses of one page share an entry,
// so that moving between them keeps it.
import type { Component } from 'svelte';
import type { Params, RouteName } from '../router';

export interface Page {
  load: () => Promise<{ default: Component<{ params: Params }> }>;
}

/** A page that takes no parameters ignores them. */
const page = (load: () => Promise<{ default: unknown }>): Page => ({ load: load as Page['load'] });

const bookings = page(() => import('./bookings/Bookings.svelte'));
const resource = page(() => import('./resources/Resource.svelte'));
const project = page(() => import('./projects/Project.svelte'));
const settings = page(() => import('./settings/AppSettings.svelte'));

const PAGES: Record<RouteName, Page> = {
  home: bookings,
  login: page(() => import('./auth/Login.svelte')),
  signup: page(() => import('./auth/SignUp.svelte')),
  forgot: page(() => import('./auth/Forgot.svelte')),
  reset: page(() => import('./auth/Reset.svelte')),
  invite: page(() => import('./auth/Invite.svelte')),
  welcome: page(() => import('./welcome/Welcome.svelte')),
  apiSettings: page(() => import('./api-settings/ApiSettings.svelte')),
  resources: page(() => import('./resources/Resources.svelte')),
  resource,
  resourceAvailability: resource,
  resourceBookings: resource,
  resourceAccess: resource,
  projects: page(() => import('./projects/Projects.svelte')),
  newProject: page(() => import('./projects/NewProject.svelte')),
  project,
  projectAvailability: project,
  projectForm: project,
  projectShare: project,
  bookings,
  calendar: page(() => import('./calendar/Calendar.svelte')),
  booking: bookings,
  newBooking: page(() => import('./bookings/NewBooking.svelte')),
  settings,
  settingsApp: settings,
  settingsTeam: page(() => import('./settings/Team.svelte')),
  settingsAccount: page(() => import('./settings/Account.svelte')),
};

export function pageOf(name: RouteName): Page {
  return PAGES[name];
}
