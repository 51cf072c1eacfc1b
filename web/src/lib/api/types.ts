// What the server sends and takes, as far as the panel reads it. Answers of the public API are typed by its document
// (`npm run types`), those of `/admin/api` by hand.
import type { components } from './schema';

type Schemas = components['schemas'];

export type Role = 'owner' | 'admin' | 'member';

export interface AppRef {
  id: string;
  slug: string;
  name: string;
  test_mode: boolean;
  role: Role;
}

export interface SessionData {
  person: { id: string; name: string; email: string; timezone: string };
  csrf: string;
  confirmed_until: string | null;
  app: AppRef & { resource_id: string | null; timezone: string };
  apps: AppRef[];
}

export interface Server {
  version: string;
  public_url: string;
  signup: 'open' | 'closed';
  first_run: boolean;
  mail: boolean;
  keys_revealable: boolean;
}

export interface ApiKey {
  id: string;
  kind: 'app' | 'widget';
  name: string;
  masked: string;
  last4: string;
  created_at: string;
  last_used_at: string | null;
  expires_at: string | null;
  current: boolean;
  revealable: boolean;
  value?: string;
  allowed_origins?: string[];
}

export type Grace = 'none' | '1h' | '24h' | '7d';

export interface LoginSession {
  id: string;
  current: boolean;
  created_at: string;
  seen_at: string;
  address: string | null;
  user_agent: string | null;
}

export interface Member {
  person_id: string;
  name: string;
  email: string;
  role: Role;
  state: 'active' | 'invited';
  resource_id: string | null;
  invited_at: string | null;
  is_you: boolean;
}

export interface PersonalKey {
  email: string;
  last4: string;
  app_slug: string;
}

export interface Invite {
  app_name: string;
  email: string;
  name: string | null;
  has_account: boolean;
}

export interface Checklist {
  token_stored: boolean;
  first_resource: boolean;
  first_booking: boolean;
}

export type Meta = Record<string, unknown>;

/** The free parts of an answer, which its document leaves open. */
type With<T, Free> = Omit<T, keyof Free> & Free;

export type App = With<Schemas['AppOut'], { role: Role; settings: Record<string, unknown> }>;
export type Resource = With<Schemas['ResourceOut'], { meta: Meta }>;
export type Customer = Schemas['BookingCustomer'];
export type Log = Schemas['BookingLog'];
export type Booking = With<Schemas['BookingOut'], { attributes?: { event_info?: EventInfo } | null; meta?: Meta | null }>;

export interface EventInfo {
  start: string;
  end: string;
  what: string;
  where: string;
  description: string;
  [key: string]: unknown;
}

export interface PageOf<T> {
  data: T[];
  total: number;
  per_page: number;
  current_page: number;
  last_page: number;
  from: number | null;
  to: number | null;
}

/** A free (or taken) stretch of time. */
export type Slot = Schemas['SlotOut'];
export type CalendarEvent = Schemas['EventOut'];

export interface CustomerField {
  title?: string;
  format?: string;
  required?: boolean;
  readonly?: boolean;
  hidden?: boolean;
  prefilled?: string | boolean | null;
  enum?: string[];
  split_name?: boolean;
}

/** What a page without credentials may know of a project. */
export interface HostedProject {
  id: string;
  slug: string;
  name: string;
  app_key: string;
  availability: { length?: string | null; [key: string]: unknown };
  booking: { graph?: string; where?: string; description?: string; [key: string]: unknown };
  customer_fields: Record<string, CustomerField>;
  ui: {
    display_name?: string;
    avatar?: string;
    show_credits?: boolean;
    time_date_format?: string;
    timezone?: string | null;
    localization?: { submit_button?: string; success_message?: string } | null;
  };
}

/** The data block of a booking page. */
export interface BookPage {
  /** `off`: the project takes no bookings now. */
  state: 'open' | 'off' | 'unknown';
  project: HostedProject | null;
  app: { name: string; contact_email: string | null; test_mode: boolean };
  /** Who is booked: a name only where it is one. */
  who: { count: number; name: string | null } | null;
}

export type Project = With<Schemas['ProjectOut'], {
  availability: Record<string, unknown>;
  availability_constraints: unknown;
  booking: Record<string, unknown>;
  customer_fields: Record<string, CustomerField>;
  ui: Record<string, unknown>;
  /** Asked for by `include`; in the order of their priority. */
  resources?: Resource[];
}>;
