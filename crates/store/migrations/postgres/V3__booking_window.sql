-- A window of one resource's bookings, without its past.
CREATE INDEX booking_by_resource_start ON booking (app_id, resource_id, starts_at, id) WHERE deleted_at IS NULL;
