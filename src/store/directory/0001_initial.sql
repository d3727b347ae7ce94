-- What a workspace mirrors of Clerk. Rows follow from the set of what was told, in whatever order; so nothing is unique but ids: a slug moves
-- between organizations, an address between users, and who comes back has a new membership.

-- Times are milliseconds since 1970. `updated_at` and `told_at` say how new a row is.
CREATE TABLE organizations (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    slug       TEXT,
    updated_at INTEGER NOT NULL,
    told_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id         TEXT PRIMARY KEY,
    first_name TEXT,
    last_name  TEXT,
    email      TEXT,
    updated_at INTEGER NOT NULL,
    told_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Names and address are what the membership says of its user; they count while the user was not told of.
CREATE TABLE memberships (
    id           TEXT PRIMARY KEY,
    organization TEXT NOT NULL,
    user         TEXT NOT NULL,
    role         TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    first_name   TEXT,
    last_name    TEXT,
    email        TEXT,
    updated_at   INTEGER NOT NULL,
    told_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX memberships_by_organization ON memberships (organization, user);
CREATE INDEX memberships_by_user ON memberships (user);

CREATE TABLE invitations (
    id           TEXT PRIMARY KEY,
    organization TEXT NOT NULL,
    email        TEXT NOT NULL,
    role         TEXT NOT NULL,
    status       TEXT NOT NULL,
    expires_at   INTEGER,
    updated_at   INTEGER NOT NULL,
    told_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX invitations_by_organization ON invitations (organization);

CREATE TABLE roles (
    id         TEXT PRIMARY KEY,
    key        TEXT NOT NULL,
    name       TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    told_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What was deleted, for good: whatever is told of it later is of the past.
CREATE TABLE tombstones (
    kind TEXT NOT NULL CHECK (kind IN ('organization', 'user', 'membership', 'role')),
    id   TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- Messages that came, each once. `why` says what is wrong with one, and never what is in it.
CREATE TABLE messages (
    id          TEXT PRIMARY KEY,
    type        TEXT,
    received_at INTEGER NOT NULL,
    outcome     TEXT NOT NULL CHECK (outcome IN ('applied', 'passed_over', 'malformed')),
    why         TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX messages_by_time ON messages (received_at);

-- Folders that were made for organizations or linked to them. Which folder is linked stands in its org.toml; a row here says that it was
-- seen to, so that a folder which a person unlinks or removes is not made anew.
CREATE TABLE folders (
    organization TEXT PRIMARY KEY,
    slug         TEXT NOT NULL,
    name         TEXT NOT NULL,
    let_go       INTEGER NOT NULL DEFAULT 0 CHECK (let_go IN (0, 1))
) STRICT, WITHOUT ROWID;

-- Users as they are known: by what was told of them, else by their newest membership.
CREATE VIEW people AS
SELECT id, first_name, last_name, email FROM users
UNION ALL
SELECT user, first_name, last_name, email FROM (
    SELECT user, first_name, last_name, email, row_number() OVER (PARTITION BY user ORDER BY updated_at DESC, told_at DESC, id DESC) AS place
    FROM memberships WHERE user NOT IN (SELECT id FROM users)
) WHERE place = 1;

-- One membership for each user of an organization: the one that began last.
CREATE VIEW members AS
SELECT id, organization, user, role, created_at FROM (
    SELECT *, row_number() OVER (PARTITION BY organization, user ORDER BY created_at DESC, id DESC) AS place FROM memberships
) WHERE place = 1;
