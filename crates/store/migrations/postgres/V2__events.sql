-- Events of people's own, once and again.

-- The claim of an all-day event, which a project may leave out of its availability (`ignore_all_day_events`).
-- The claims of a repeated event share its id, and differ in their start.
ALTER TABLE claim ADD COLUMN all_day boolean NOT NULL DEFAULT FALSE;

ALTER TABLE event ADD COLUMN free boolean NOT NULL DEFAULT FALSE;       -- shown, but takes no time
ALTER TABLE event ADD COLUMN private boolean NOT NULL DEFAULT FALSE;
ALTER TABLE event ADD COLUMN sync_provider boolean NOT NULL DEFAULT TRUE;
ALTER TABLE event ADD COLUMN timezone text COLLATE "C";                 -- of wall times, where it repeats
ALTER TABLE event ADD COLUMN recurrence json;                           -- JSON array of RFC 5545 lines; starts_at, ends_at: the first instance
ALTER TABLE event ADD COLUMN recurs_until bigint;                       -- end of the last instance; absent: it goes on
ALTER TABLE event ADD COLUMN claimed_until bigint;                      -- instances that start later have no claims yet; absent: nothing left to claim
ALTER TABLE event ADD COLUMN series_id uuid;                            -- the repeated event of which this is one changed instance
ALTER TABLE event ADD COLUMN original_start bigint;                     -- where that instance would start

CREATE INDEX event_series ON event (app_id, calendar_id, id) WHERE recurrence IS NOT NULL;
CREATE UNIQUE INDEX event_instance ON event (app_id, series_id, original_start) WHERE series_id IS NOT NULL;
CREATE INDEX event_by_horizon ON event (claimed_until) WHERE claimed_until IS NOT NULL;
