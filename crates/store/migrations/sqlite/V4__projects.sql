-- Projects, locations and services, and how they are linked.

CREATE TABLE project (
    app_id                     BLOB NOT NULL REFERENCES app (id),
    id                         BLOB NOT NULL,       -- UUIDv7: the order of ids is the order of creation
    name                       TEXT NOT NULL,
    name_fold                  TEXT NOT NULL,
    slug                       TEXT NOT NULL UNIQUE, -- over the installation: it is the address of the booking page
    availability               TEXT NOT NULL,       -- JSON object: parameters of POST /availability
    availability_constraints   TEXT NOT NULL,       -- JSON array
    booking                    TEXT NOT NULL,       -- JSON object: parameters of POST /bookings
    reminders                  TEXT NOT NULL,       -- JSON array
    customer_fields            TEXT NOT NULL,       -- JSON object; its order is that of the form
    ui                         TEXT NOT NULL,       -- JSON object
    meta                       TEXT NOT NULL,       -- JSON object
    allow_conference           INTEGER NOT NULL,
    allow_double_bookings      INTEGER NOT NULL,
    enabled_email_notification INTEGER NOT NULL,
    enabled                    INTEGER NOT NULL,    -- 0: the booking page takes no bookings
    reservation_time           TEXT,                -- duration
    use_hours_from             TEXT,                -- resource, project or location; absent: all levels combine
    latitude                   TEXT,                -- decimal degrees
    longitude                  TEXT,
    created_at                 INTEGER NOT NULL,
    updated_at                 INTEGER NOT NULL,
    PRIMARY KEY (app_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE project_field (
    app_id     BLOB NOT NULL,
    name       TEXT NOT NULL,                       -- `meta.KEY`
    value      TEXT NOT NULL,                       -- first 255 characters
    project_id BLOB NOT NULL,
    PRIMARY KEY (app_id, name, value, project_id),
    FOREIGN KEY (app_id, project_id) REFERENCES project (app_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX project_field_by_project ON project_field (app_id, project_id);

-- The resources of a project; `place` orders them by priority, with gaps.
CREATE TABLE project_resource (
    app_id      BLOB NOT NULL,
    project_id  BLOB NOT NULL,
    place       INTEGER NOT NULL,
    resource_id BLOB NOT NULL,
    PRIMARY KEY (app_id, project_id, place),
    UNIQUE (app_id, project_id, resource_id),
    FOREIGN KEY (app_id, project_id) REFERENCES project (app_id, id),
    FOREIGN KEY (app_id, resource_id) REFERENCES resource (app_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX project_resource_by_resource ON project_resource (app_id, resource_id, project_id);

CREATE TABLE location (
    app_id                   BLOB NOT NULL REFERENCES app (id),
    id                       BLOB NOT NULL,
    name                     TEXT NOT NULL,
    name_fold                TEXT NOT NULL,
    description              TEXT NOT NULL,
    latitude                 TEXT,                  -- decimal degrees
    longitude                TEXT,
    use_custom_hours         INTEGER NOT NULL,
    availability_constraints TEXT NOT NULL,         -- JSON array
    meta                     TEXT NOT NULL,         -- JSON object
    created_at               INTEGER NOT NULL,
    updated_at               INTEGER NOT NULL,
    PRIMARY KEY (app_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE location_field (
    app_id      BLOB NOT NULL,
    name        TEXT NOT NULL,                      -- `meta.KEY`
    value       TEXT NOT NULL,                      -- first 255 characters
    location_id BLOB NOT NULL,
    PRIMARY KEY (app_id, name, value, location_id),
    FOREIGN KEY (app_id, location_id) REFERENCES location (app_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX location_field_by_location ON location_field (app_id, location_id);

CREATE TABLE service (
    app_id       BLOB NOT NULL REFERENCES app (id),
    id           BLOB NOT NULL,
    name         TEXT NOT NULL,
    name_fold    TEXT NOT NULL,
    description  TEXT NOT NULL,
    image_url    TEXT,
    availability TEXT NOT NULL,                     -- JSON object: `length`
    meta         TEXT NOT NULL,                     -- JSON object
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    PRIMARY KEY (app_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE service_field (
    app_id     BLOB NOT NULL,
    name       TEXT NOT NULL,                       -- `meta.KEY`
    value      TEXT NOT NULL,                       -- first 255 characters
    service_id BLOB NOT NULL,
    PRIMARY KEY (app_id, name, value, service_id),
    FOREIGN KEY (app_id, service_id) REFERENCES service (app_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX service_field_by_service ON service_field (app_id, service_id);

CREATE TABLE location_project (
    app_id      BLOB NOT NULL,
    location_id BLOB NOT NULL,
    project_id  BLOB NOT NULL,
    PRIMARY KEY (app_id, location_id, project_id),
    FOREIGN KEY (app_id, location_id) REFERENCES location (app_id, id),
    FOREIGN KEY (app_id, project_id) REFERENCES project (app_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX location_project_by_project ON location_project (app_id, project_id, location_id);

CREATE TABLE service_project (
    app_id     BLOB NOT NULL,
    service_id BLOB NOT NULL,
    project_id BLOB NOT NULL,
    PRIMARY KEY (app_id, service_id, project_id),
    FOREIGN KEY (app_id, service_id) REFERENCES service (app_id, id),
    FOREIGN KEY (app_id, project_id) REFERENCES project (app_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX service_project_by_project ON service_project (app_id, project_id, service_id);

CREATE TABLE location_service (
    app_id      BLOB NOT NULL,
    location_id BLOB NOT NULL,
    service_id  BLOB NOT NULL,
    PRIMARY KEY (app_id, location_id, service_id),
    FOREIGN KEY (app_id, location_id) REFERENCES location (app_id, id),
    FOREIGN KEY (app_id, service_id) REFERENCES service (app_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX location_service_by_service ON location_service (app_id, service_id, location_id);

CREATE INDEX booking_by_project ON booking (app_id, project_id, id) WHERE deleted_at IS NULL AND project_id IS NOT NULL;

-- What the planner should take for granted, as for the other indexes of bookings.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('booking', 'booking_by_project', '50000 5000 500 1');
ANALYZE sqlite_schema;
