-- The audit chain: `hash` covers the body and everything before it.
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- Signed notes over the chain up to an event.
CREATE TABLE checkpoint (
    seq INTEGER PRIMARY KEY,
    note TEXT NOT NULL
) STRICT;

-- Whose wallets are whose.
CREATE TABLE issuer_grant (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    wallet BLOB NOT NULL CHECK (length(wallet) = 16),
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    PRIMARY KEY (issuer, subject, wallet)
) STRICT, WITHOUT ROWID;
CREATE INDEX issuer_grant_wallet ON issuer_grant (wallet);

-- Wallets that an operator locked.
CREATE TABLE wallet_lock (
    wallet BLOB PRIMARY KEY CHECK (length(wallet) = 16),
    reason TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
