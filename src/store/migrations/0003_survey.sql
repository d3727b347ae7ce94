-- What a build reads of many incidents, so that its cost does not grow with the length of the history.
--
-- Everything here follows from what was there before: an index, not a second truth.

-- Tells this file from every other one, also from one that was restored from the same dump: what a build remembers of a file counts for
-- that file only.
ALTER TABLE page ADD COLUMN lineage TEXT NOT NULL DEFAULT '';
UPDATE page SET lineage = lower(hex(randomblob(8)));

-- `course` is what the incident says of services over time, as JSON: [[update, at, status, origin, [[service, status], …]], …], updates in
-- their order, services by number. `last_at`: after this moment it says nothing more; as late as can be while it may still speak.
ALTER TABLE incidents ADD COLUMN course TEXT NOT NULL DEFAULT '[]';
ALTER TABLE incidents ADD COLUMN last_at INTEGER NOT NULL DEFAULT 9223372036854775807;

CREATE VIEW courses AS
    SELECT incidents.number AS incident, (
        SELECT json_group_array(json_array(told.number, told.display_at, told.status, told.origin, json((
            SELECT json_group_array(json_array(services.number, named.new_status) ORDER BY named.position)
            FROM affected AS named JOIN services ON services.id = named.service
            WHERE named.update_number = told.number
        ))) ORDER BY told.display_at, told.number)
        FROM updates AS told WHERE told.incident = incidents.number
    ) AS course
    FROM incidents;

UPDATE incidents SET
    course = (SELECT courses.course FROM courses WHERE courses.incident = incidents.number),
    last_at = CASE WHEN ended_at IS NULL THEN 9223372036854775807 ELSE max(ended_at, newest_at) END;

CREATE INDEX incidents_by_last ON incidents (last_at);
CREATE INDEX incidents_open ON incidents (number) WHERE open = 1;
CREATE INDEX incidents_by_revision ON incidents (revision, started_at);
CREATE INDEX incidents_by_change ON incidents (updated_at, last_at, draft);

-- Where an incident was before it was moved or removed: at which start, as of which event.
CREATE TABLE departures (
    revision   INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    PRIMARY KEY (revision, started_at)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER incident_moves AFTER UPDATE OF started_at ON incidents WHEN OLD.started_at <> NEW.started_at BEGIN
    INSERT OR IGNORE INTO departures SELECT coalesce(max(seq), 0), OLD.started_at FROM events;
END;

CREATE TRIGGER incident_leaves AFTER DELETE ON incidents BEGIN
    INSERT OR IGNORE INTO departures SELECT coalesce(max(seq), 0), OLD.started_at FROM events;
END;
