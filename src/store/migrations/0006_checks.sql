-- What monitors report: results of checks and alerts, and which incidents came of them without a person.
--
-- Measurements, not deeds: no event tells of a single one, and all of it goes away with time. What came of them, an incident, is in the log.

-- Each result, kept as long as hours may still be counted anew. `source` is whoever reported it.
CREATE TABLE check_results (
    service    TEXT NOT NULL REFERENCES services (id) ON DELETE CASCADE,
    at         INTEGER NOT NULL,
    source     TEXT NOT NULL,
    status     TEXT NOT NULL,
    latency_ms INTEGER,
    message    TEXT,
    PRIMARY KEY (service, at, source)
) STRICT, WITHOUT ROWID;

CREATE INDEX check_results_by_time ON check_results (at);

-- What the results of one hour come to. Latencies are NULL where none was measured.
CREATE TABLE check_hours (
    service   TEXT NOT NULL REFERENCES services (id) ON DELETE CASCADE,
    hour      INTEGER NOT NULL,
    results   INTEGER NOT NULL,
    failures  INTEGER NOT NULL,
    min_ms    INTEGER,
    median_ms INTEGER,
    p95_ms    INTEGER,
    max_ms    INTEGER,
    PRIMARY KEY (service, hour)
) STRICT, WITHOUT ROWID;

CREATE INDEX check_hours_by_time ON check_hours (hour);

-- The newest incident that each rule has opened: `key` says which rule for what. An event about the incident after `event` is a person's,
-- and the incident is that person's from then on.
CREATE TABLE automatic_incidents (
    key      TEXT PRIMARY KEY,
    incident TEXT NOT NULL,
    event    INTEGER NOT NULL,
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The alerts that are known, by what their source calls them: firing until `ended_at`.
CREATE TABLE alerts (
    source      TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    incident    TEXT NOT NULL,
    started_at  INTEGER NOT NULL,
    ended_at    INTEGER,
    seen_at     INTEGER NOT NULL,
    PRIMARY KEY (source, fingerprint)
) STRICT, WITHOUT ROWID;

CREATE INDEX alerts_by_incident ON alerts (incident);
CREATE INDEX alerts_by_time ON alerts (seen_at);

-- Visitors see what the hours of services in their lists come to; single results are nobody's but the operators'.
CREATE VIEW public_check_hours AS
    SELECT * FROM check_hours
    WHERE EXISTS (SELECT 1 FROM public_services AS subject WHERE subject.id = check_hours.service AND subject.standing = 'listed');
