-- Times are milliseconds since 1970; wallets and devices are the 16 bytes of their UUID.

-- The key set that a wallet has, as the company says.
CREATE TABLE wallet_key (
    wallet BLOB NOT NULL,
    key_id BLOB NOT NULL,
    algorithm TEXT NOT NULL,
    public_key BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (wallet, key_id)
) STRICT;

-- Where a device lives. `spelling` is its id as it was first written.
CREATE TABLE device (
    wallet BLOB NOT NULL,
    device BLOB NOT NULL,
    spelling TEXT NOT NULL,
    active TEXT,
    since INTEGER NOT NULL,
    PRIMARY KEY (wallet, device)
) STRICT;
CREATE INDEX device_of ON device (device);

-- Where it lived before.
CREATE TABLE device_past (
    wallet BLOB NOT NULL,
    device BLOB NOT NULL,
    physical TEXT NOT NULL,
    since INTEGER NOT NULL,
    ended INTEGER NOT NULL
) STRICT;
CREATE INDEX device_past_of ON device_past (wallet, device);

-- To which phone a backup was served, and when last: that phone may enrol.
CREATE TABLE backup_served (
    wallet BLOB NOT NULL,
    device BLOB NOT NULL,
    physical TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (wallet, device, physical)
) STRICT;

-- Never changed, never deleted. `keys` is the public part, `sealed` the rest under the data key.
CREATE TABLE backup (
    id BLOB PRIMARY KEY,
    wallet BLOB NOT NULL,
    device BLOB NOT NULL,
    spelling TEXT NOT NULL,
    physical TEXT,
    passphrase_id TEXT NOT NULL,
    form TEXT NOT NULL,
    keys TEXT NOT NULL,
    sealed BLOB NOT NULL,
    digest BLOB NOT NULL,
    source TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    arrived_at INTEGER NOT NULL,
    UNIQUE (wallet, device, digest)
) STRICT;
CREATE INDEX backup_of ON backup (wallet, created_at);

-- Where a user keeps a passphrase; never the passphrase.
CREATE TABLE passphrase (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    id TEXT NOT NULL,
    location TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject, id)
) STRICT;

-- What signed requests were seen, until their tokens are too old.
CREATE TABLE nonce (
    api_key TEXT NOT NULL,
    nonce TEXT NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (api_key, nonce)
) STRICT;
CREATE INDEX nonce_until ON nonce (until);

-- The last good keys of issuers, for a start without them.
CREATE TABLE issuer_keys (
    issuer TEXT PRIMARY KEY,
    jwks BLOB NOT NULL,
    fetched_at INTEGER NOT NULL
) STRICT;

-- What seals the rows above, wrapped to the endpoint's key: `holder` is that key's fingerprint.
CREATE TABLE data_key (
    id BLOB PRIMARY KEY,
    wrapped BLOB NOT NULL,
    holder BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER
) STRICT;
