-- What each event changed, so that it can be read and taken back.
--
-- `before` and `after` are JSON objects of the fields that differ; a NULL beside the other says that the event made or removed the thing.
-- They stand apart from the events because builds read those and never these, and because no public view must ever show them.

CREATE TABLE changes (
    event  INTEGER PRIMARY KEY REFERENCES events (seq) ON DELETE CASCADE,
    before TEXT,
    after  TEXT,
    undoes INTEGER
) STRICT;

CREATE UNIQUE INDEX changes_by_undone ON changes (undoes) WHERE undoes IS NOT NULL;

-- What somebody wrote last, for `undo`.
CREATE INDEX events_by_actor ON events (actor, seq);

-- As before, but a publication can be taken back now: what was done to a draft stays private although it was public once.
DROP VIEW public_events;

CREATE VIEW public_events AS
    SELECT * FROM events
    WHERE (kind = 'service.status' AND subject_type = 'service'
           AND EXISTS (SELECT 1 FROM public_services AS subject WHERE subject.id = events.subject_id AND subject.standing = 'listed'))
       OR (kind GLOB 'incident.*' AND kind <> 'incident.drafted' AND subject_type = 'incident'
           AND EXISTS (SELECT 1 FROM public_incidents AS subject WHERE subject.id = events.subject_id)
           AND seq >= (SELECT min(first.seq) FROM events AS first
                       WHERE first.subject_id = events.subject_id AND first.subject_type = 'incident'
                         AND first.kind IN ('incident.opened', 'incident.imported')
                         AND first.seq > coalesce((SELECT max(hidden.seq) FROM events AS hidden
                                                   WHERE hidden.subject_id = events.subject_id AND hidden.subject_type = 'incident'
                                                     AND hidden.kind = 'incident.drafted'), 0)))
       OR (kind GLOB 'maintenance.*' AND subject_type = 'maintenance'
           AND EXISTS (SELECT 1 FROM public_maintenances AS subject WHERE subject.id = events.subject_id));
