-- What lets programs in, and what they were answered. No public view reads any of it, and dumps leave it out.

-- `hash` is the SHA-256 of a secret that is kept nowhere. It goes when the token is revoked, so that nothing can bring that one back.
CREATE TABLE tokens (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    name         TEXT NOT NULL,
    role         TEXT NOT NULL,
    hash         BLOB UNIQUE CHECK (hash IS NULL OR length(hash) = 32),
    created_at   INTEGER NOT NULL,
    created_by   TEXT NOT NULL,
    last_used_at INTEGER,
    revoked_at   INTEGER,
    CHECK ((hash IS NULL) = (revoked_at IS NOT NULL))
) STRICT;

CREATE UNIQUE INDEX tokens_by_name ON tokens (name) WHERE revoked_at IS NULL;

-- What a request came to that may be sent again with the same key: who sent it, what exactly was asked, and the answer. Kept for a day.
CREATE TABLE answers (
    asker       TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    actor       TEXT NOT NULL,
    at          INTEGER NOT NULL,
    answer      TEXT NOT NULL,
    PRIMARY KEY (asker, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX answers_by_time ON answers (at);
