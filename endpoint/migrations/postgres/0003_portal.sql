-- Which of Portal's clients are whose: their ids are texts of Portal's, not wallets.
CREATE TABLE client_grant (
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    client text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    revoked_at bigint,
    PRIMARY KEY (issuer, subject, client)
);

-- The custodian's shares, as Portal delivered them: never changed, never deleted. `n` counts a client's versions, `total` the
-- bytes up to this one; `sealed` is the share under the data key, for the row `id`.
CREATE TABLE custodian_share (
    client text COLLATE "C" NOT NULL,
    n bigint NOT NULL,
    id bytea NOT NULL,
    method text COLLATE "C",
    pair text COLLATE "C",
    sealed bytea NOT NULL,
    digest bytea NOT NULL,
    total bigint NOT NULL,
    arrived_at bigint NOT NULL,
    PRIMARY KEY (client, n)
);

-- The client's shares, encrypted by the app: never deleted. Only `state` changes, and `state_at` with it.
CREATE TABLE client_ciphertext (
    client text COLLATE "C" NOT NULL,
    n bigint NOT NULL,
    id bytea NOT NULL,
    method text COLLATE "C",
    pair text COLLATE "C",
    curve text COLLATE "C",
    sealed bytea NOT NULL,
    digest bytea NOT NULL,
    total bigint NOT NULL,
    state text COLLATE "C" NOT NULL,
    arrived_at bigint NOT NULL,
    state_at bigint NOT NULL,
    PRIMARY KEY (client, n),
    UNIQUE (id)
);
