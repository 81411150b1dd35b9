-- Releases: what was asked for, and under which rules. Its state is computed from here and the time.
CREATE TABLE release (
    id TEXT PRIMARY KEY,
    wallet BLOB NOT NULL CHECK (length(wallet) = 16),
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    by_service TEXT,
    physical TEXT,
    encrypt_to TEXT,
    mode TEXT NOT NULL CHECK (mode IN ('hot', 'cold')),
    approvals INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended TEXT CHECK (ended IN ('cancelled', 'denied')),
    ended_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX release_wallet ON release (wallet, created_at);
CREATE INDEX release_created ON release (created_at);

CREATE TABLE release_decision (
    release TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    approved INTEGER NOT NULL CHECK (approved IN (0, 1)),
    at INTEGER NOT NULL,
    PRIMARY KEY (release, issuer, subject)
) STRICT, WITHOUT ROWID;

-- The keys of single records, for releases in cold mode; under the data key.
CREATE TABLE release_key (
    release TEXT NOT NULL,
    file BLOB NOT NULL CHECK (length(file) = 32),
    sealed BLOB NOT NULL,
    PRIMARY KEY (release, file)
) STRICT, WITHOUT ROWID;

CREATE TABLE release_collect (
    release TEXT NOT NULL,
    at INTEGER NOT NULL,
    request TEXT NOT NULL,
    PRIMARY KEY (release, request)
) STRICT, WITHOUT ROWID;

-- Answers of requests that may be sent twice. Never one with a secret.
CREATE TABLE idempotency (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    route TEXT NOT NULL,
    key TEXT NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    answer TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject, route, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_at ON idempotency (at);
