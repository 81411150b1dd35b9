-- The tables of `sqlite-state` and `sqlite-shares`, in one schema. Times are milliseconds since 1970; wallets and devices
-- are the 16 bytes of their UUID. Texts are compared byte by byte, whatever the language of the database.

-- The audit chain: `hash` covers the body and everything before it.
CREATE TABLE audit (
    seq bigint PRIMARY KEY,
    at bigint NOT NULL,
    body text COLLATE "C" NOT NULL,
    hash bytea NOT NULL CHECK (length(hash) = 32)
);

-- Signed notes over the chain up to an event.
CREATE TABLE checkpoint (
    seq bigint PRIMARY KEY,
    note text COLLATE "C" NOT NULL
);

-- Whose wallets are whose.
CREATE TABLE issuer_grant (
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    wallet bytea NOT NULL CHECK (length(wallet) = 16),
    created_at bigint NOT NULL,
    revoked_at bigint,
    PRIMARY KEY (issuer, subject, wallet)
);
CREATE INDEX issuer_grant_wallet ON issuer_grant (wallet);

-- Wallets that an operator locked.
CREATE TABLE wallet_lock (
    wallet bytea PRIMARY KEY CHECK (length(wallet) = 16),
    reason text COLLATE "C" NOT NULL,
    at bigint NOT NULL
);

-- The key set that a wallet has, as the company says.
CREATE TABLE wallet_key (
    wallet bytea NOT NULL,
    key_id bytea NOT NULL,
    algorithm text COLLATE "C" NOT NULL,
    public_key bytea NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (wallet, key_id)
);

-- Where a device lives. `spelling` is its id as it was first written.
CREATE TABLE device (
    wallet bytea NOT NULL,
    device bytea NOT NULL,
    spelling text COLLATE "C" NOT NULL,
    active text COLLATE "C",
    since bigint NOT NULL,
    PRIMARY KEY (wallet, device)
);
CREATE INDEX device_of ON device (device);

-- Where it lived before.
CREATE TABLE device_past (
    wallet bytea NOT NULL,
    device bytea NOT NULL,
    physical text COLLATE "C" NOT NULL,
    since bigint NOT NULL,
    ended bigint NOT NULL
);
CREATE INDEX device_past_of ON device_past (wallet, device);

-- To which phone a backup was served, and when last: that phone may enrol.
CREATE TABLE backup_served (
    wallet bytea NOT NULL,
    device bytea NOT NULL,
    physical text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (wallet, device, physical)
);

-- Never changed, never deleted. `keys` is the public part, `sealed` the rest under the data key.
CREATE TABLE backup (
    id bytea PRIMARY KEY,
    wallet bytea NOT NULL,
    device bytea NOT NULL,
    spelling text COLLATE "C" NOT NULL,
    physical text COLLATE "C",
    passphrase_id text COLLATE "C" NOT NULL,
    form text COLLATE "C" NOT NULL,
    keys text COLLATE "C" NOT NULL,
    sealed bytea NOT NULL,
    digest bytea NOT NULL,
    source text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    arrived_at bigint NOT NULL,
    UNIQUE (wallet, device, digest)
);
CREATE INDEX backup_of ON backup (wallet, created_at);

-- Where a user keeps a passphrase; never the passphrase.
CREATE TABLE passphrase (
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    location text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (issuer, subject, id)
);

-- What signed requests were seen, until their tokens are too old.
CREATE TABLE nonce (
    api_key text COLLATE "C" NOT NULL,
    nonce text COLLATE "C" NOT NULL,
    until bigint NOT NULL,
    PRIMARY KEY (api_key, nonce)
);
CREATE INDEX nonce_until ON nonce (until);

-- The last good keys of issuers, for a start without them.
CREATE TABLE issuer_keys (
    issuer text COLLATE "C" PRIMARY KEY,
    jwks bytea NOT NULL,
    fetched_at bigint NOT NULL
);

-- What seals the rows above, wrapped to the endpoint's key: `holder` is that key's fingerprint.
CREATE TABLE data_key (
    id bytea PRIMARY KEY,
    wrapped bytea NOT NULL,
    holder bytea NOT NULL,
    created_at bigint NOT NULL,
    retired_at bigint
);

-- Releases: what was asked for, and under which rules. Its state is computed from here and the time.
CREATE TABLE release (
    id text COLLATE "C" PRIMARY KEY,
    wallet bytea NOT NULL CHECK (length(wallet) = 16),
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    by_service text COLLATE "C",
    physical text COLLATE "C",
    encrypt_to text COLLATE "C",
    mode text COLLATE "C" NOT NULL CHECK (mode IN ('hot', 'cold')),
    approvals bigint NOT NULL,
    created_at bigint NOT NULL,
    not_before bigint NOT NULL,
    expires_at bigint NOT NULL,
    ended text COLLATE "C" CHECK (ended IN ('cancelled', 'denied')),
    ended_at bigint
);
CREATE INDEX release_wallet ON release (wallet, created_at);
CREATE INDEX release_created ON release (created_at);

CREATE TABLE release_decision (
    release text COLLATE "C" NOT NULL,
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    approved bigint NOT NULL CHECK (approved IN (0, 1)),
    at bigint NOT NULL,
    PRIMARY KEY (release, issuer, subject)
);

-- The keys of single records, for releases in cold mode; under the data key.
CREATE TABLE release_key (
    release text COLLATE "C" NOT NULL,
    file bytea NOT NULL CHECK (length(file) = 32),
    sealed bytea NOT NULL,
    PRIMARY KEY (release, file)
);

CREATE TABLE release_collect (
    release text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    request text COLLATE "C" NOT NULL,
    PRIMARY KEY (release, request)
);

-- Answers of requests that may be sent twice. Never one with a secret.
CREATE TABLE idempotency (
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    route text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    digest bytea NOT NULL CHECK (length(digest) = 32),
    answer text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (issuer, subject, route, key)
);
CREATE INDEX idempotency_at ON idempotency (at);

-- Sealed files. The records of file 7 are in the table `share_7`, in the order of the file: `n` is the record's position,
-- `sealed` its ciphertext and tag. Its index is made when all of them are there.
CREATE TABLE share_file (
    id bigint PRIMARY KEY,
    header text COLLATE "C" NOT NULL,
    header_digest bytea NOT NULL UNIQUE CHECK (length(header_digest) = 32),
    recipients text COLLATE "C" NOT NULL,
    records bigint,
    next_n bigint NOT NULL,
    complete bigint NOT NULL CHECK (complete IN (0, 1)),
    imported_at bigint NOT NULL
);
