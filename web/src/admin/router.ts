// The addresses of the panel. Pure: paths in, names and parameters out.

const ROUTES = {
  home: '/admin',
  login: '/admin/login',
  signup: '/admin/signup',
  forgot: '/admin/forgot',
  reset: '/admin/reset/:token',
  invite: '/admin/invite/:token',
  welcome: '/admin/welcome',
  apiSettings: '/admin/api-settings',
  resources: '/admin/resources',
  resource: '/admin/resources/:id',
  resourceAvailability: '/admin/resources/:id/availability',
  resourceBookings: '/admin/resources/:id/bookings',
  resourceAccess: '/admin/resources/:id/access',
  calendar: '/admin/calendar',
  projects: '/admin/projects',
  newProject: '/admin/projects/new',
  project: '/admin/projects/:id',
  projectAvailability: '/admin/projects/:id/availability',
  projectForm: '/admin/projects/:id/form',
  projectShare: '/admin/projects/:id/share',
  bookings: '/admin/bookings',
  newBooking: '/admin/bookings/new',
  booking: '/admin/bookings/:id',
  settings: '/admin/settings',
  settingsApp: '/admin/settings/app',
  settingsTeam: '/admin/settings/team',
  settingsAccount: '/admin/settings/account',
} as const;

export type RouteName = keyof typeof ROUTES;
export type Params = Record<string, string>;

export interface Match {
  name: RouteName;
  params: Params;
}

/** Pages that need no session. */
export const OPEN: readonly RouteName[] = ['login', 'signup', 'forgot', 'reset', 'invite'];

/** The route of a path; literal parts win over parameters, a slash at the end is no difference. */
export function match(path: string): Match | null {
  const given = parts(path);
  for (const [name, pattern] of Object.entries(ROUTES)) {
    const params = fit(parts(pattern), given);
    if (params) return { name: name as RouteName, params };
  }
  return null;
}

/** The address of a route: `href('booking', { id })`. */
export function href(name: RouteName, params: Params = {}, query: Params = {}): string {
  const path = ROUTES[name].replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(params[key] ?? ''));
  const text = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== '')).toString();
  return text ? `${path}?${text}` : path;
}

function parts(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function fit(pattern: string[], given: string[]): Params | null {
  if (pattern.length !== given.length) return null;
  const params: Params = {};
  for (const [index, part] of pattern.entries()) {
    const value = given[index] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = decode(value);
    else if (part !== value) return null;
  }
  return params;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
