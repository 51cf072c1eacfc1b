-- The base schema. Instants are UTC milliseconds, flags 0/1, ids 16 bytes, JSON is text.
-- Every tenant's row carries app_id first in its key; person, session and password_reset stand above tenants.

CREATE TABLE server_setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE app (
    id                  BLOB NOT NULL PRIMARY KEY,
    slug                TEXT NOT NULL UNIQUE,
    settings            TEXT NOT NULL,              -- JSON object, `name` always present
    test_mode           INTEGER NOT NULL,
    creator_resource_id BLOB,
    webhook_secret      TEXT NOT NULL,              -- sealed
    token_stored_at     INTEGER,                    -- the owner said so on the welcome page
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    deleted_at          INTEGER
) STRICT;

CREATE TABLE api_key (
    app_id          BLOB NOT NULL REFERENCES app (id),
    id              BLOB NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('app', 'widget')),
    name            TEXT NOT NULL,
    digest          BLOB NOT NULL UNIQUE,           -- SHA-256 of the key
    last4           TEXT NOT NULL,
    sealed          TEXT,                           -- sealed copy, absent where only digests are kept
    allowed_origins TEXT NOT NULL,                  -- JSON array of origins, widget keys only; empty = any
    replaced_at     INTEGER,                        -- set when a rotation made a newer key
    expires_at      INTEGER,
    last_used_at    INTEGER,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (app_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE person (
    id            BLOB NOT NULL PRIMARY KEY,
    email         TEXT NOT NULL,
    email_fold    TEXT NOT NULL UNIQUE,             -- lower case; unique over the installation
    name          TEXT NOT NULL,
    timezone      TEXT NOT NULL,
    password_hash TEXT,                             -- PHC string
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE member (
    app_id            BLOB NOT NULL REFERENCES app (id),
    person_id         BLOB NOT NULL REFERENCES person (id),
    resource_id       BLOB NOT NULL,
    role              TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    state             TEXT NOT NULL CHECK (state IN ('active', 'invited')),
    invite_digest     BLOB UNIQUE,                  -- SHA-256 of the token in the invitation link
    invite_expires_at INTEGER,
    invited_at        INTEGER,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    PRIMARY KEY (app_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_by_person ON member (person_id, app_id);

CREATE TABLE session (
    digest       BLOB NOT NULL PRIMARY KEY,         -- SHA-256 of the cookie's value
    id           BLOB NOT NULL UNIQUE,
    person_id    BLOB NOT NULL REFERENCES person (id),
    app_id       BLOB REFERENCES app (id),          -- the app that the panel shows
    csrf         TEXT NOT NULL,
    address      TEXT NOT NULL,
    user_agent   TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL,                  -- minute precision
    confirmed_at INTEGER NOT NULL                   -- the password was last given
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_person ON session (person_id, id);

CREATE TABLE password_reset (
    digest     BLOB NOT NULL PRIMARY KEY,
    person_id  BLOB NOT NULL REFERENCES person (id),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE resource (
    app_id                     BLOB NOT NULL REFERENCES app (id),
    id                         BLOB NOT NULL,
    person_id                  BLOB REFERENCES person (id), -- resources with an e-mail
    name                       TEXT NOT NULL,
    name_fold                  TEXT NOT NULL,
    first_name                 TEXT NOT NULL,
    last_name                  TEXT NOT NULL,
    email                      TEXT,
    email_fold                 TEXT,
    timezone                   TEXT NOT NULL,
    image                      TEXT,
    meta                       TEXT NOT NULL,       -- JSON object
    availability_constraints   TEXT NOT NULL,       -- JSON array
    enabled_email_notification INTEGER NOT NULL,
    conference_enabled         INTEGER NOT NULL,
    conference_type            TEXT,
    revision                   INTEGER NOT NULL,    -- raised by every change of the resource's time
    longest_span               INTEGER NOT NULL,    -- of its claims, in milliseconds; only grows
    created_at                 INTEGER NOT NULL,
    updated_at                 INTEGER NOT NULL,
    deleted_at                 INTEGER,             -- kept for the history of its bookings
    PRIMARY KEY (app_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX resource_by_person ON resource (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX resource_by_email ON resource (app_id, email_fold) WHERE email_fold IS NOT NULL;

CREATE TABLE resource_field (
    app_id      BLOB NOT NULL,
    name        TEXT NOT NULL,                      -- `meta.KEY`
    value       TEXT NOT NULL,                      -- first 255 characters
    resource_id BLOB NOT NULL,
    PRIMARY KEY (app_id, name, value, resource_id),
    FOREIGN KEY (app_id, resource_id) REFERENCES resource (app_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE credential (
    app_id      BLOB NOT NULL,
    id          BLOB NOT NULL,
    resource_id BLOB NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('server-token', 'client-token')),
    digest      BLOB NOT NULL UNIQUE,
    last4       TEXT NOT NULL,
    sealed      TEXT,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (app_id, id),
    FOREIGN KEY (app_id, resource_id) REFERENCES resource (app_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX credential_by_resource ON credential (app_id, resource_id, id);

CREATE TABLE calendar (
    app_id           BLOB NOT NULL,
    id               BLOB NOT NULL,
    resource_id      BLOB NOT NULL,
    name             TEXT NOT NULL,
    description      TEXT NOT NULL,
    foregroundcolor  TEXT,
    backgroundcolor  TEXT,
    provider         TEXT NOT NULL,
    is_primary       INTEGER NOT NULL,              -- takes the bookings that name no calendar
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    PRIMARY KEY (app_id, id),
    FOREIGN KEY (app_id, resource_id) REFERENCES resource (app_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX calendar_by_resource ON calendar (app_id, resource_id, id);

CREATE TABLE event (
    app_id       BLOB NOT NULL,
    id           BLOB NOT NULL,
    calendar_id  BLOB NOT NULL,
    resource_id  BLOB NOT NULL,
    booking_id   BLOB,                              -- the booking that wrote it
    what         TEXT NOT NULL,
    place        TEXT NOT NULL,
    description  TEXT NOT NULL,
    starts_at    INTEGER NOT NULL,
    ends_at      INTEGER NOT NULL,
    all_day      INTEGER NOT NULL,
    rsvp         TEXT NOT NULL,
    participants TEXT NOT NULL,                     -- JSON array of e-mails
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    PRIMARY KEY (app_id, id),
    FOREIGN KEY (app_id, calendar_id) REFERENCES calendar (app_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_by_calendar ON event (app_id, calendar_id, starts_at, id);

-- "Resource R is taken during [starts_at, ends_at)". Written by the module `claims` alone.
-- Clustered so that an overlap check is one range of one resource; `id` is that of the booking or event.
CREATE TABLE claim (
    app_id      BLOB NOT NULL,
    resource_id BLOB NOT NULL,
    starts_at   INTEGER NOT NULL,
    id          BLOB NOT NULL,
    ends_at     INTEGER NOT NULL,
    exclusive   INTEGER NOT NULL,                   -- 0: granted over others (events, allow_double_bookings), yet it blocks
    expires_at  INTEGER,                            -- holds only
    PRIMARY KEY (app_id, resource_id, starts_at, id),
    FOREIGN KEY (app_id, resource_id) REFERENCES resource (app_id, id),
    CHECK (starts_at < ends_at)
) STRICT, WITHOUT ROWID;

-- The backstop of the claim protocol: must never fire while `claims` does its work.
CREATE TRIGGER claim_no_overlap BEFORE INSERT ON claim WHEN NEW.exclusive = 1
BEGIN
    SELECT RAISE(ABORT, 'slot_unavailable')
    FROM claim c
    WHERE c.app_id = NEW.app_id AND c.resource_id = NEW.resource_id
      AND c.starts_at < NEW.ends_at
      AND c.starts_at > NEW.starts_at - (SELECT longest_span FROM resource r WHERE r.app_id = NEW.app_id AND r.id = NEW.resource_id)
      AND c.ends_at > NEW.starts_at
      AND c.exclusive = 1;
END;
CREATE TRIGGER claim_never_moves BEFORE UPDATE OF app_id, resource_id, starts_at, ends_at, exclusive ON claim
BEGIN
    SELECT RAISE(ABORT, 'a claim is released and made anew');
END;

CREATE TABLE booking (
    app_id       BLOB NOT NULL,
    id           BLOB NOT NULL,                     -- UUIDv7: the order of ids is the order of creation
    resource_id  BLOB NOT NULL,
    project_id   BLOB,
    calendar_id  BLOB NOT NULL,
    event_id     BLOB,
    graph        TEXT NOT NULL,
    state        TEXT NOT NULL,
    completed    INTEGER NOT NULL,                  -- no action leaves the state
    starts_at    INTEGER NOT NULL,
    ends_at      INTEGER NOT NULL,
    what         TEXT NOT NULL,
    place        TEXT NOT NULL,
    description  TEXT NOT NULL,
    participants TEXT NOT NULL,                     -- JSON array of e-mails
    event_options TEXT NOT NULL,                    -- JSON object: invite, my_rsvp, sync_provider, all_day as sent
    attributes   TEXT NOT NULL,                     -- JSON object: the groups of `attributes` beside event_info
    meta         TEXT NOT NULL,                     -- JSON object
    exclusive    INTEGER NOT NULL,                  -- 0: settings.allow_double_bookings
    seq          INTEGER NOT NULL,                  -- of the newest transition
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    deleted_at   INTEGER,
    PRIMARY KEY (app_id, id),
    FOREIGN KEY (app_id, resource_id) REFERENCES resource (app_id, id),
    CHECK (starts_at < ends_at)
) STRICT;
-- Without the deleted ones, so that counting a list reads the index alone.
CREATE INDEX booking_by_resource ON booking (app_id, resource_id, id) WHERE deleted_at IS NULL;
CREATE INDEX booking_by_state ON booking (app_id, state, id) WHERE deleted_at IS NULL;
CREATE INDEX booking_by_start ON booking (app_id, starts_at, id) WHERE deleted_at IS NULL;

CREATE TABLE booking_transition (
    app_id     BLOB NOT NULL,
    booking_id BLOB NOT NULL,
    seq        INTEGER NOT NULL,                    -- 1, 2, 3 … per booking
    id         BLOB NOT NULL,
    action     TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state   TEXT NOT NULL,
    actor      TEXT NOT NULL CHECK (actor IN ('app', 'resource', 'customer', 'system')),
    message    TEXT,
    at         INTEGER NOT NULL,
    PRIMARY KEY (app_id, booking_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE customer (
    app_id     BLOB NOT NULL,
    booking_id BLOB NOT NULL,
    id         BLOB NOT NULL,
    name       TEXT NOT NULL,
    name_fold  TEXT NOT NULL,
    email      TEXT NOT NULL,
    email_fold TEXT NOT NULL,
    phone      TEXT NOT NULL,
    voip       TEXT NOT NULL,
    timezone   TEXT NOT NULL,
    extra      TEXT NOT NULL,                       -- JSON object: every other key that was sent
    PRIMARY KEY (app_id, booking_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_by_email ON customer (app_id, email_fold, booking_id);

CREATE TABLE booking_field (
    app_id     BLOB NOT NULL,
    name       TEXT NOT NULL,                       -- `meta.KEY` or `customer.KEY`
    value      TEXT NOT NULL,                       -- first 255 characters
    booking_id BLOB NOT NULL,
    PRIMARY KEY (app_id, name, value, booking_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency_key (
    app_id       BLOB NOT NULL,
    key          TEXT NOT NULL,
    fingerprint  BLOB NOT NULL,                     -- SHA-256 of method, path, query and body
    status       INTEGER,                           -- absent only inside the transaction that does the work
    body         TEXT,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (app_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_key_by_age ON idempotency_key (created_at);

CREATE TABLE audit (
    app_id     BLOB NOT NULL,
    id         BLOB NOT NULL,
    actor      TEXT NOT NULL,                       -- `person:UUID`, `key:UUID`, `resource:UUID` or `command line`
    act        TEXT NOT NULL,                       -- `key.reveal`
    target     TEXT NOT NULL,
    address    TEXT NOT NULL,
    request_id TEXT NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (app_id, id)
) STRICT, WITHOUT ROWID;
