-- Events of people's own, once and again.

-- The claim of an all-day event, which a project may leave out of its availability (`ignore_all_day_events`).
-- The claims of a repeated event share its id, and differ in their start.
ALTER TABLE claim ADD COLUMN all_day INTEGER NOT NULL DEFAULT 0;

ALTER TABLE event ADD COLUMN free INTEGER NOT NULL DEFAULT 0;           -- shown, but takes no time
ALTER TABLE event ADD COLUMN private INTEGER NOT NULL DEFAULT 0;
ALTER TABLE event ADD COLUMN sync_provider INTEGER NOT NULL DEFAULT 1;
ALTER TABLE event ADD COLUMN timezone TEXT;                             -- of wall times, where it repeats
ALTER TABLE event ADD COLUMN recurrence TEXT;                           -- JSON array of RFC 5545 lines; starts_at, ends_at: the first instance
ALTER TABLE event ADD COLUMN recurs_until INTEGER;                      -- end of the last instance; absent: it goes on
ALTER TABLE event ADD COLUMN claimed_until INTEGER;                     -- instances that start later have no claims yet; absent: nothing left to claim
ALTER TABLE event ADD COLUMN series_id BLOB;                            -- the repeated event of which this is one changed instance
ALTER TABLE event ADD COLUMN original_start INTEGER;                    -- where that instance would start

CREATE INDEX event_series ON event (app_id, calendar_id, id) WHERE recurrence IS NOT NULL;
CREATE UNIQUE INDEX event_instance ON event (app_id, series_id, original_start) WHERE series_id IS NOT NULL;
CREATE INDEX event_by_horizon ON event (claimed_until) WHERE claimed_until IS NOT NULL;
