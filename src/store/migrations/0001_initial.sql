-- What is recorded of one organization, and the views that say what of it visitors may know.
--
-- Times are milliseconds since 1970 in UTC; dates, statuses and other words are text. `number` is the small number of the command
-- line: AUTOINCREMENT, because a number somebody has seen must never come to mean something else. Ids are text and stable for ever, so
-- they are what rows refer to services, groups and pages by.

CREATE TABLE page (
    only_row   INTEGER PRIMARY KEY CHECK (only_row = 1),
    id         TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Up to when each imported page has stated the present, so that older files never overwrite newer ones.
CREATE TABLE sources (
    page      TEXT PRIMARY KEY,
    stated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE groups (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    slug        TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    description TEXT,
    position    INTEGER NOT NULL,
    source_page TEXT,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE services (
    number                INTEGER PRIMARY KEY AUTOINCREMENT,
    id                    TEXT NOT NULL UNIQUE,
    slug                  TEXT NOT NULL UNIQUE,
    name                  TEXT NOT NULL,
    description           TEXT,
    link                  TEXT,
    group_id              TEXT REFERENCES groups (id),
    position              INTEGER NOT NULL,
    start_date            TEXT,
    hidden                INTEGER NOT NULL CHECK (hidden IN (0, 1)),
    showcase              INTEGER NOT NULL CHECK (showcase IN (0, 1)),
    only_show_if_degraded INTEGER NOT NULL CHECK (only_show_if_degraded IN (0, 1)),
    standing              TEXT NOT NULL,
    source_page           TEXT,
    created_at            INTEGER NOT NULL,
    updated_at            INTEGER NOT NULL
) STRICT;

CREATE INDEX services_by_group ON services (group_id);

CREATE TABLE manual_statuses (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    service    TEXT NOT NULL REFERENCES services (id),
    status     TEXT NOT NULL,
    at         INTEGER NOT NULL,
    message    TEXT,
    origin     TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX manual_statuses_by_service ON manual_statuses (service, at, number);
CREATE INDEX manual_statuses_by_time ON manual_statuses (at);

-- `open`, `newest_at` and `ended_at` follow from the updates and are written with them: an index to find incidents by, not a second
-- truth. `ended_at` is NULL while the incident may still speak of a service.
CREATE TABLE incidents (
    number               INTEGER PRIMARY KEY AUTOINCREMENT,
    id                   TEXT NOT NULL UNIQUE,
    title                TEXT NOT NULL,
    impact               TEXT NOT NULL,
    draft                INTEGER NOT NULL CHECK (draft IN (0, 1)),
    created_at           INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL,
    started_at           INTEGER NOT NULL,
    stated_monitoring_at INTEGER,
    stated_resolved_at   INTEGER,
    closed_by_source_at  INTEGER,
    source_page          TEXT,
    revision             INTEGER NOT NULL,
    open                 INTEGER NOT NULL CHECK (open IN (0, 1)),
    newest_at            INTEGER NOT NULL,
    ended_at             INTEGER
) STRICT;

-- Holds all that a build's survey reads of each incident, so that it reads nothing else.
CREATE INDEX incidents_by_start ON incidents (started_at, number, id, newest_at, updated_at, open, revision, draft);
CREATE INDEX incidents_by_creation ON incidents (created_at, number);
CREATE INDEX incidents_by_newest ON incidents (newest_at);
CREATE INDEX incidents_by_end ON incidents (ended_at);

-- The services an incident's updates name; follows from `affected` like the columns above. `ended_at`: when the incident ended for this
-- service at the latest, NULL where that is not sure or it is a draft; `last_at`: after this moment it says nothing more.
CREATE TABLE incident_services (
    incident INTEGER NOT NULL REFERENCES incidents (number) ON DELETE CASCADE,
    service  TEXT NOT NULL REFERENCES services (id),
    ended_at INTEGER,
    last_at  INTEGER NOT NULL,
    PRIMARY KEY (incident, service)
) STRICT, WITHOUT ROWID;

CREATE INDEX incident_services_by_end ON incident_services (service, ended_at);
CREATE INDEX incident_services_by_last ON incident_services (service, last_at);

CREATE TABLE maintenances (
    number               INTEGER PRIMARY KEY AUTOINCREMENT,
    id                   TEXT NOT NULL UNIQUE,
    title                TEXT NOT NULL,
    scheduled_for        INTEGER NOT NULL,
    scheduled_until      INTEGER NOT NULL,
    auto_start           INTEGER NOT NULL CHECK (auto_start IN (0, 1)),
    auto_finish          INTEGER NOT NULL CHECK (auto_finish IN (0, 1)),
    created_at           INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL,
    stated_started_at    INTEGER,
    stated_monitoring_at INTEGER,
    stated_resolved_at   INTEGER,
    closed_by_source_at  INTEGER,
    source_page          TEXT,
    revision             INTEGER NOT NULL
) STRICT;

CREATE TABLE maintenance_services (
    maintenance INTEGER NOT NULL REFERENCES maintenances (number) ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    service     TEXT NOT NULL REFERENCES services (id),
    PRIMARY KEY (maintenance, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX maintenance_services_by_service ON maintenance_services (service);

-- Updates of incidents and of maintenances. `names_services` keeps "says nothing of services" and "names none" apart.
CREATE TABLE updates (
    number                INTEGER PRIMARY KEY AUTOINCREMENT,
    incident              INTEGER REFERENCES incidents (number) ON DELETE CASCADE,
    maintenance           INTEGER REFERENCES maintenances (number) ON DELETE CASCADE,
    id                    TEXT NOT NULL,
    status                TEXT NOT NULL,
    body                  TEXT NOT NULL,
    display_at            INTEGER NOT NULL,
    created_at            INTEGER NOT NULL,
    updated_at            INTEGER NOT NULL,
    names_services        INTEGER NOT NULL CHECK (names_services IN (0, 1)),
    deliver_notifications INTEGER NOT NULL CHECK (deliver_notifications IN (0, 1)),
    origin                TEXT NOT NULL,
    CHECK ((incident IS NULL) <> (maintenance IS NULL))
) STRICT;

CREATE INDEX updates_by_incident ON updates (incident) WHERE incident IS NOT NULL;
CREATE INDEX updates_by_maintenance ON updates (maintenance) WHERE maintenance IS NOT NULL;
CREATE UNIQUE INDEX incident_updates_by_id ON updates (id) WHERE incident IS NOT NULL;
CREATE UNIQUE INDEX maintenance_updates_by_id ON updates (id) WHERE maintenance IS NOT NULL;

CREATE TABLE affected (
    update_number INTEGER NOT NULL REFERENCES updates (number) ON DELETE CASCADE,
    position      INTEGER NOT NULL,
    service       TEXT REFERENCES services (id),
    name          TEXT NOT NULL,
    old_status    TEXT,
    new_status    TEXT,
    PRIMARY KEY (update_number, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX affected_by_service ON affected (service) WHERE service IS NOT NULL;

CREATE TABLE events (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    at           INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    actor        TEXT NOT NULL,
    kind         TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    subject_id   TEXT,
    status       TEXT,
    sentence     TEXT NOT NULL,
    CHECK ((subject_type = 'organization') = (subject_id IS NULL))
) STRICT;

CREATE INDEX events_by_subject ON events (subject_id, seq) WHERE subject_id IS NOT NULL;

-- Every service a maintenance names, in its list or in an update.
CREATE VIEW maintenance_names AS
    SELECT maintenance, service FROM maintenance_services
    UNION ALL
    SELECT updates.maintenance, affected.service
    FROM updates JOIN affected ON affected.update_number = updates.number
    WHERE updates.maintenance IS NOT NULL AND affected.service IS NOT NULL;

-- What visitors may know. Every output reads these views; what is private is said here and nowhere else.

-- Services known only from incidents are among them, because their names stay in updates.
CREATE VIEW public_services AS
    SELECT * FROM services WHERE hidden = 0 AND standing <> 'removed';

CREATE VIEW public_groups AS
    SELECT * FROM groups
    WHERE EXISTS (SELECT 1 FROM public_services AS member WHERE member.group_id = groups.id AND member.standing = 'listed')
       OR NOT EXISTS (SELECT 1 FROM services AS member WHERE member.group_id = groups.id);

CREATE VIEW public_manual_statuses AS
    SELECT * FROM manual_statuses
    WHERE EXISTS (SELECT 1 FROM public_services AS subject WHERE subject.id = manual_statuses.service);

-- An incident that names only hidden services would tell of them. The first condition follows from the others; it is there because where
-- nothing is hidden it spares looking at every incident's services.
CREATE VIEW public_incidents AS
    SELECT * FROM incidents
    WHERE draft = 0
      AND (NOT EXISTS (SELECT 1 FROM services WHERE hidden = 1)
           OR EXISTS (SELECT 1 FROM incident_services AS named JOIN services ON services.id = named.service
                   WHERE named.incident = incidents.number AND services.hidden = 0)
           OR NOT EXISTS (SELECT 1 FROM incident_services AS named WHERE named.incident = incidents.number));

CREATE VIEW public_maintenances AS
    SELECT * FROM maintenances
    WHERE EXISTS (SELECT 1 FROM maintenance_names AS named JOIN services ON services.id = named.service
                  WHERE named.maintenance = maintenances.number AND services.hidden = 0)
       OR NOT EXISTS (SELECT 1 FROM maintenance_names AS named WHERE named.maintenance = maintenances.number);

CREATE VIEW public_maintenance_services AS
    SELECT * FROM maintenance_services
    WHERE EXISTS (SELECT 1 FROM public_services AS subject WHERE subject.id = maintenance_services.service);

CREATE VIEW public_updates AS
    SELECT * FROM updates
    WHERE EXISTS (SELECT 1 FROM public_incidents AS owner WHERE owner.number = updates.incident)
       OR EXISTS (SELECT 1 FROM public_maintenances AS owner WHERE owner.number = updates.maintenance);

CREATE VIEW public_affected AS
    SELECT * FROM affected
    WHERE service IS NULL OR EXISTS (SELECT 1 FROM public_services AS subject WHERE subject.id = affected.service);

-- What was done to a draft stays private after its publication too.
CREATE VIEW public_events AS
    SELECT * FROM events
    WHERE (kind = 'service.status' AND subject_type = 'service'
           AND EXISTS (SELECT 1 FROM public_services AS subject WHERE subject.id = events.subject_id AND subject.standing = 'listed'))
       OR (kind GLOB 'incident.*' AND kind <> 'incident.drafted' AND subject_type = 'incident'
           AND EXISTS (SELECT 1 FROM public_incidents AS subject WHERE subject.id = events.subject_id)
           AND seq >= (SELECT min(first.seq) FROM events AS first
                       WHERE first.subject_id = events.subject_id AND first.subject_type = 'incident'
                         AND first.kind IN ('incident.opened', 'incident.imported')))
       OR (kind GLOB 'maintenance.*' AND subject_type = 'maintenance'
           AND EXISTS (SELECT 1 FROM public_maintenances AS subject WHERE subject.id = events.subject_id));
