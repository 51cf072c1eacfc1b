-- Projects, locations and services, and how they are linked.

CREATE TABLE project (
    app_id                     uuid NOT NULL REFERENCES app (id),
    id                         uuid NOT NULL,       -- UUIDv7: the order of ids is the order of creation
    name                       text COLLATE "C" NOT NULL,
    name_fold                  text COLLATE "C" NOT NULL,
    slug                       text COLLATE "C" NOT NULL UNIQUE,  -- over the installation: it is the address of the booking page
    availability               json NOT NULL,  -- JSON object: parameters of POST /availability
    availability_constraints   json NOT NULL,  -- JSON array
    booking                    json NOT NULL,  -- JSON object: parameters of POST /bookings
    reminders                  json NOT NULL,  -- JSON array
    customer_fields            json NOT NULL,  -- JSON object; its order is that of the form
    ui                         json NOT NULL,  -- JSON object
    meta                       json NOT NULL,  -- JSON object
    allow_conference           boolean NOT NULL,
    allow_double_bookings      boolean NOT NULL,
    enabled_email_notification boolean NOT NULL,
    enabled                    boolean NOT NULL,  -- false: the booking page takes no bookings
    reservation_time           text COLLATE "C",  -- duration
    use_hours_from             text COLLATE "C",  -- resource, project or location; absent: all levels combine
    latitude                   text COLLATE "C",  -- decimal degrees
    longitude                  text COLLATE "C",
    created_at                 bigint NOT NULL,
    updated_at                 bigint NOT NULL,
    PRIMARY KEY (app_id, id)
);

CREATE TABLE project_field (
    app_id     uuid NOT NULL,
    name       text COLLATE "C" NOT NULL,  -- `meta.KEY`
    value      text COLLATE "C" NOT NULL,  -- first 255 characters
    project_id uuid NOT NULL,
    PRIMARY KEY (app_id, name, value, project_id),
    FOREIGN KEY (app_id, project_id) REFERENCES project (app_id, id)
);
CREATE INDEX project_field_by_project ON project_field (app_id, project_id);

-- The resources of a project; `place` orders them by priority, with gaps.
CREATE TABLE project_resource (
    app_id      uuid NOT NULL,
    project_id  uuid NOT NULL,
    place       bigint NOT NULL,
    resource_id uuid NOT NULL,
    PRIMARY KEY (app_id, project_id, place),
    UNIQUE (app_id, project_id, resource_id),
    FOREIGN KEY (app_id, project_id) REFERENCES project (app_id, id),
    FOREIGN KEY (app_id, resource_id) REFERENCES resource (app_id, id)
);
CREATE INDEX project_resource_by_resource ON project_resource (app_id, resource_id, project_id);

CREATE TABLE location (
    app_id                   uuid NOT NULL REFERENCES app (id),
    id                       uuid NOT NULL,
    name                     text COLLATE "C" NOT NULL,
    name_fold                text COLLATE "C" NOT NULL,
    description              text COLLATE "C" NOT NULL,
    latitude                 text COLLATE "C",  -- decimal degrees
    longitude                text COLLATE "C",
    use_custom_hours         boolean NOT NULL,
    availability_constraints json NOT NULL,  -- JSON array
    meta                     json NOT NULL,  -- JSON object
    created_at               bigint NOT NULL,
    updated_at               bigint NOT NULL,
    PRIMARY KEY (app_id, id)
);

CREATE TABLE location_field (
    app_id      uuid NOT NULL,
    name        text COLLATE "C" NOT NULL,  -- `meta.KEY`
    value       text COLLATE "C" NOT NULL,  -- first 255 characters
    location_id uuid NOT NULL,
    PRIMARY KEY (app_id, name, value, location_id),
    FOREIGN KEY (app_id, location_id) REFERENCES location (app_id, id)
);
CREATE INDEX location_field_by_location ON location_field (app_id, location_id);

CREATE TABLE service (
    app_id       uuid NOT NULL REFERENCES app (id),
    id           uuid NOT NULL,
    name         text COLLATE "C" NOT NULL,
    name_fold    text COLLATE "C" NOT NULL,
    description  text COLLATE "C" NOT NULL,
    image_url    text COLLATE "C",
    availability json NOT NULL,  -- JSON object: `length`
    meta         json NOT NULL,  -- JSON object
    created_at   bigint NOT NULL,
    updated_at   bigint NOT NULL,
    PRIMARY KEY (app_id, id)
);

CREATE TABLE service_field (
    app_id     uuid NOT NULL,
    name       text COLLATE "C" NOT NULL,  -- `meta.KEY`
    value      text COLLATE "C" NOT NULL,  -- first 255 characters
    service_id uuid NOT NULL,
    PRIMARY KEY (app_id, name, value, service_id),
    FOREIGN KEY (app_id, service_id) REFERENCES service (app_id, id)
);
CREATE INDEX service_field_by_service ON service_field (app_id, service_id);

CREATE TABLE location_project (
    app_id      uuid NOT NULL,
    location_id uuid NOT NULL,
    project_id  uuid NOT NULL,
    PRIMARY KEY (app_id, location_id, project_id),
    FOREIGN KEY (app_id, location_id) REFERENCES location (app_id, id),
    FOREIGN KEY (app_id, project_id) REFERENCES project (app_id, id)
);
CREATE INDEX location_project_by_project ON location_project (app_id, project_id, location_id);

CREATE TABLE service_project (
    app_id     uuid NOT NULL,
    service_id uuid NOT NULL,
    project_id uuid NOT NULL,
    PRIMARY KEY (app_id, service_id, project_id),
    FOREIGN KEY (app_id, service_id) REFERENCES service (app_id, id),
    FOREIGN KEY (app_id, project_id) REFERENCES project (app_id, id)
);
CREATE INDEX service_project_by_project ON service_project (app_id, project_id, service_id);

CREATE TABLE location_service (
    app_id      uuid NOT NULL,
    location_id uuid NOT NULL,
    service_id  uuid NOT NULL,
    PRIMARY KEY (app_id, location_id, service_id),
    FOREIGN KEY (app_id, location_id) REFERENCES location (app_id, id),
    FOREIGN KEY (app_id, service_id) REFERENCES service (app_id, id)
);
CREATE INDEX location_service_by_service ON location_service (app_id, service_id, location_id);

CREATE INDEX booking_by_project ON booking (app_id, project_id, id) WHERE deleted_at IS NULL AND project_id IS NOT NULL;
