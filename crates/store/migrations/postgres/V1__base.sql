-- The base schema. Instants are UTC milliseconds; names, keys and words compare by bytes (COLLATE "C").
-- Every tenant's row carries app_id first in its key; person, session and password_reset stand above tenants.

CREATE TABLE server_setting (
    name  text COLLATE "C" NOT NULL PRIMARY KEY,
    value text COLLATE "C" NOT NULL
);

CREATE TABLE app (
    id                  uuid NOT NULL PRIMARY KEY,
    slug                text COLLATE "C" NOT NULL UNIQUE,
    settings            json NOT NULL,              -- JSON object, `name` always present
    test_mode           boolean NOT NULL,
    creator_resource_id uuid,
    webhook_secret      text COLLATE "C" NOT NULL,              -- sealed
    token_stored_at     bigint,                    -- the owner said so on the welcome page
    created_at          bigint NOT NULL,
    updated_at          bigint NOT NULL,
    deleted_at          bigint
);

CREATE TABLE api_key (
    app_id          uuid NOT NULL REFERENCES app (id),
    id              uuid NOT NULL,
    kind            text COLLATE "C" NOT NULL CHECK (kind IN ('app', 'widget')),
    name            text COLLATE "C" NOT NULL,
    digest          bytea NOT NULL UNIQUE,           -- SHA-256 of the key
    last4           text COLLATE "C" NOT NULL,
    sealed          text COLLATE "C",                           -- sealed copy, absent where only digests are kept
    allowed_origins json NOT NULL,                  -- JSON array of origins, widget keys only; empty = any
    replaced_at     bigint,                        -- set when a rotation made a newer key
    expires_at      bigint,
    last_used_at    bigint,
    created_at      bigint NOT NULL,
    PRIMARY KEY (app_id, id)
);

CREATE TABLE person (
    id            uuid NOT NULL PRIMARY KEY,
    email         text COLLATE "C" NOT NULL,
    email_fold    text COLLATE "C" NOT NULL UNIQUE,             -- lower case; unique over the installation
    name          text COLLATE "C" NOT NULL,
    timezone      text COLLATE "C" NOT NULL,
    password_hash text COLLATE "C",                             -- PHC string
    created_at    bigint NOT NULL,
    updated_at    bigint NOT NULL
);

CREATE TABLE member (
    app_id            uuid NOT NULL REFERENCES app (id),
    person_id         uuid NOT NULL REFERENCES person (id),
    resource_id       uuid NOT NULL,
    role              text COLLATE "C" NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    state             text COLLATE "C" NOT NULL CHECK (state IN ('active', 'invited')),
    invite_digest     bytea UNIQUE,                  -- SHA-256 of the token in the invitation link
    invite_expires_at bigint,
    invited_at        bigint,
    created_at        bigint NOT NULL,
    updated_at        bigint NOT NULL,
    PRIMARY KEY (app_id, person_id)
);
CREATE INDEX member_by_person ON member (person_id, app_id);

CREATE TABLE session (
    digest       bytea NOT NULL PRIMARY KEY,         -- SHA-256 of the cookie's value
    id           uuid NOT NULL UNIQUE,
    person_id    uuid NOT NULL REFERENCES person (id),
    app_id       uuid REFERENCES app (id),          -- the app that the panel shows
    csrf         text COLLATE "C" NOT NULL,
    address      text COLLATE "C" NOT NULL,
    user_agent   text COLLATE "C" NOT NULL,
    created_at   bigint NOT NULL,
    seen_at      bigint NOT NULL,                  -- minute precision
    confirmed_at bigint NOT NULL                   -- the password was last given
);
CREATE INDEX session_by_person ON session (person_id, id);

CREATE TABLE password_reset (
    digest     bytea NOT NULL PRIMARY KEY,
    person_id  uuid NOT NULL REFERENCES person (id),
    expires_at bigint NOT NULL
);

CREATE TABLE resource (
    app_id                     uuid NOT NULL REFERENCES app (id),
    id                         uuid NOT NULL,
    person_id                  uuid REFERENCES person (id), -- resources with an e-mail
    name                       text COLLATE "C" NOT NULL,
    name_fold                  text COLLATE "C" NOT NULL,
    first_name                 text COLLATE "C" NOT NULL,
    last_name                  text COLLATE "C" NOT NULL,
    email                      text COLLATE "C",
    email_fold                 text COLLATE "C",
    timezone                   text COLLATE "C" NOT NULL,
    image                      text COLLATE "C",
    meta                       json NOT NULL,       -- JSON object
    availability_constraints   json NOT NULL,       -- JSON array
    enabled_email_notification boolean NOT NULL,
    conference_enabled         boolean NOT NULL,
    conference_type            text COLLATE "C",
    revision                   bigint NOT NULL,    -- raised by every change of the resource's time
    longest_span               bigint NOT NULL,    -- of its claims, in milliseconds; only grows
    created_at                 bigint NOT NULL,
    updated_at                 bigint NOT NULL,
    deleted_at                 bigint,             -- kept for the history of its bookings
    PRIMARY KEY (app_id, id)
);
CREATE INDEX resource_by_person ON resource (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX resource_by_email ON resource (app_id, email_fold) WHERE email_fold IS NOT NULL;

CREATE TABLE resource_field (
    app_id      uuid NOT NULL,
    name        text COLLATE "C" NOT NULL,                      -- `meta.KEY`
    value       text COLLATE "C" NOT NULL,                      -- first 255 characters
    resource_id uuid NOT NULL,
    PRIMARY KEY (app_id, name, value, resource_id),
    FOREIGN KEY (app_id, resource_id) REFERENCES resource (app_id, id)
);

CREATE TABLE credential (
    app_id      uuid NOT NULL,
    id          uuid NOT NULL,
    resource_id uuid NOT NULL,
    kind        text COLLATE "C" NOT NULL CHECK (kind IN ('server-token', 'client-token')),
    digest      bytea NOT NULL UNIQUE,
    last4       text COLLATE "C" NOT NULL,
    sealed      text COLLATE "C",
    created_at  bigint NOT NULL,
    updated_at  bigint NOT NULL,
    PRIMARY KEY (app_id, id),
    FOREIGN KEY (app_id, resource_id) REFERENCES resource (app_id, id)
);
CREATE INDEX credential_by_resource ON credential (app_id, resource_id, id);

CREATE TABLE calendar (
    app_id           uuid NOT NULL,
    id               uuid NOT NULL,
    resource_id      uuid NOT NULL,
    name             text COLLATE "C" NOT NULL,
    description      text COLLATE "C" NOT NULL,
    foregroundcolor  text COLLATE "C",
    backgroundcolor  text COLLATE "C",
    provider         text COLLATE "C" NOT NULL,
    is_primary       boolean NOT NULL,              -- takes the bookings that name no calendar
    created_at       bigint NOT NULL,
    updated_at       bigint NOT NULL,
    PRIMARY KEY (app_id, id),
    FOREIGN KEY (app_id, resource_id) REFERENCES resource (app_id, id)
);
CREATE INDEX calendar_by_resource ON calendar (app_id, resource_id, id);

CREATE TABLE event (
    app_id       uuid NOT NULL,
    id           uuid NOT NULL,
    calendar_id  uuid NOT NULL,
    resource_id  uuid NOT NULL,
    booking_id   uuid,                              -- the booking that wrote it
    what         text COLLATE "C" NOT NULL,
    place        text COLLATE "C" NOT NULL,
    description  text COLLATE "C" NOT NULL,
    starts_at    bigint NOT NULL,
    ends_at      bigint NOT NULL,
    all_day      boolean NOT NULL,
    rsvp         text COLLATE "C" NOT NULL,
    participants json NOT NULL,                     -- JSON array of e-mails
    created_at   bigint NOT NULL,
    updated_at   bigint NOT NULL,
    PRIMARY KEY (app_id, id),
    FOREIGN KEY (app_id, calendar_id) REFERENCES calendar (app_id, id)
);
CREATE INDEX event_by_calendar ON event (app_id, calendar_id, starts_at, id);

-- "Resource R is taken during [starts_at, ends_at)". Written by the module `claims` alone.
-- Clustered so that an overlap check is one range of one resource; `id` is that of the booking or event.
CREATE TABLE claim (
    app_id      uuid NOT NULL,
    resource_id uuid NOT NULL,
    starts_at   bigint NOT NULL,
    id          uuid NOT NULL,
    ends_at     bigint NOT NULL,
    exclusive   boolean NOT NULL,                   -- false: granted over others (events, allow_double_bookings), yet it blocks
    expires_at  bigint,                            -- holds only
    PRIMARY KEY (app_id, resource_id, starts_at, id),
    FOREIGN KEY (app_id, resource_id) REFERENCES resource (app_id, id),
    CHECK (starts_at < ends_at)
);

-- The backstop of the claim protocol: must never fire while `claims` does its work.
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE claim ADD CONSTRAINT claim_no_overlap
    EXCLUDE USING gist (app_id WITH =, resource_id WITH =, int8range(starts_at, ends_at) WITH &&) WHERE (exclusive);

CREATE TABLE booking (
    app_id       uuid NOT NULL,
    id           uuid NOT NULL,                     -- UUIDv7: the order of ids is the order of creation
    resource_id  uuid NOT NULL,
    project_id   uuid,
    calendar_id  uuid NOT NULL,
    event_id     uuid,
    graph        text COLLATE "C" NOT NULL,
    state        text COLLATE "C" NOT NULL,
    completed    boolean NOT NULL,                  -- no action leaves the state
    starts_at    bigint NOT NULL,
    ends_at      bigint NOT NULL,
    what         text COLLATE "C" NOT NULL,
    place        text COLLATE "C" NOT NULL,
    description  text COLLATE "C" NOT NULL,
    participants json NOT NULL,                     -- JSON array of e-mails
    event_options json NOT NULL,                    -- JSON object: invite, my_rsvp, sync_provider, all_day as sent
    attributes   json NOT NULL,                     -- JSON object: the groups of `attributes` beside event_info
    meta         json NOT NULL,                     -- JSON object
    exclusive    boolean NOT NULL,                  -- false: settings.allow_double_bookings
    seq          bigint NOT NULL,                  -- of the newest transition
    created_at   bigint NOT NULL,
    updated_at   bigint NOT NULL,
    deleted_at   bigint,
    PRIMARY KEY (app_id, id),
    FOREIGN KEY (app_id, resource_id) REFERENCES resource (app_id, id),
    CHECK (starts_at < ends_at)
);
-- Without the deleted ones, so that counting a list reads the index alone.
CREATE INDEX booking_by_resource ON booking (app_id, resource_id, id) WHERE deleted_at IS NULL;
CREATE INDEX booking_by_state ON booking (app_id, state, id) WHERE deleted_at IS NULL;
CREATE INDEX booking_by_start ON booking (app_id, starts_at, id) WHERE deleted_at IS NULL;

CREATE TABLE booking_transition (
    app_id     uuid NOT NULL,
    booking_id uuid NOT NULL,
    seq        bigint NOT NULL,                    -- 1, 2, 3 … per booking
    id         uuid NOT NULL,
    action     text COLLATE "C" NOT NULL,
    from_state text COLLATE "C" NOT NULL,
    to_state   text COLLATE "C" NOT NULL,
    actor      text COLLATE "C" NOT NULL CHECK (actor IN ('app', 'resource', 'customer', 'system')),
    message    text COLLATE "C",
    at         bigint NOT NULL,
    PRIMARY KEY (app_id, booking_id, seq)
);

CREATE TABLE customer (
    app_id     uuid NOT NULL,
    booking_id uuid NOT NULL,
    id         uuid NOT NULL,
    name       text COLLATE "C" NOT NULL,
    name_fold  text COLLATE "C" NOT NULL,
    email      text COLLATE "C" NOT NULL,
    email_fold text COLLATE "C" NOT NULL,
    phone      text COLLATE "C" NOT NULL,
    voip       text COLLATE "C" NOT NULL,
    timezone   text COLLATE "C" NOT NULL,
    extra      json NOT NULL,                       -- JSON object: every other key that was sent
    PRIMARY KEY (app_id, booking_id, id)
);
CREATE INDEX customer_by_email ON customer (app_id, email_fold, booking_id);

CREATE TABLE booking_field (
    app_id     uuid NOT NULL,
    name       text COLLATE "C" NOT NULL,                       -- `meta.KEY` or `customer.KEY`
    value      text COLLATE "C" NOT NULL,                       -- first 255 characters
    booking_id uuid NOT NULL,
    PRIMARY KEY (app_id, name, value, booking_id)
);

CREATE TABLE idempotency_key (
    app_id       uuid NOT NULL,
    key          text COLLATE "C" NOT NULL,
    fingerprint  bytea NOT NULL,                     -- SHA-256 of method, path, query and body
    status       bigint,                           -- absent only inside the transaction that does the work
    body         text COLLATE "C",
    created_at   bigint NOT NULL,
    PRIMARY KEY (app_id, key)
);
CREATE INDEX idempotency_key_by_age ON idempotency_key (created_at);

CREATE TABLE audit (
    app_id     uuid NOT NULL,
    id         uuid NOT NULL,
    actor      text COLLATE "C" NOT NULL,                       -- `person:UUID`, `key:UUID`, `resource:UUID` or `command line`
    act        text COLLATE "C" NOT NULL,                       -- `key.reveal`
    target     text COLLATE "C" NOT NULL,
    address    text COLLATE "C" NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    at         bigint NOT NULL,
    PRIMARY KEY (app_id, id)
);
