-- Which of Portal's clients are whose: their ids are texts of Portal's, not wallets.
CREATE TABLE client_grant (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    client TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    PRIMARY KEY (issuer, subject, client)
) STRICT;

-- The custodian's shares, as Portal delivered them: never changed, never deleted. `n` counts a client's versions, `total` the
-- bytes up to this one; `sealed` is the share under the data key, for the row `id`.
CREATE TABLE custodian_share (
    client TEXT NOT NULL,
    n INTEGER NOT NULL,
    id BLOB NOT NULL,
    method TEXT,
    pair TEXT,
    sealed BLOB NOT NULL,
    digest BLOB NOT NULL,
    total INTEGER NOT NULL,
    arrived_at INTEGER NOT NULL,
    PRIMARY KEY (client, n)
) STRICT;

-- The client's shares, encrypted by the app: never deleted. Only `state` changes, and `state_at` with it.
CREATE TABLE client_ciphertext (
    client TEXT NOT NULL,
    n INTEGER NOT NULL,
    id BLOB NOT NULL,
    method TEXT,
    pair TEXT,
    curve TEXT,
    sealed BLOB NOT NULL,
    digest BLOB NOT NULL,
    total INTEGER NOT NULL,
    state TEXT NOT NULL,
    arrived_at INTEGER NOT NULL,
    state_at INTEGER NOT NULL,
    PRIMARY KEY (client, n),
    UNIQUE (id)
) STRICT;
