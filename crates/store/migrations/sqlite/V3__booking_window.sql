-- A window of one resource's bookings, without its past.
CREATE INDEX booking_by_resource_start ON booking (app_id, resource_id, starts_at, id) WHERE deleted_at IS NULL;

-- What the planner should take for granted: rows of the table, then rows for each value of the index's first columns.
-- One resource has few bookings beside those of its app. Fixed, so that plans are the same everywhere and always.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('booking', 'sqlite_autoindex_booking_1', '100000 10000 1'),
    ('booking', 'booking_by_resource', '100000 10000 100 1'),
    ('booking', 'booking_by_state', '100000 10000 2000 1'),
    ('booking', 'booking_by_start', '100000 10000 4 1'),
    ('booking', 'booking_by_resource_start', '100000 10000 100 1 1');
ANALYZE sqlite_schema;
