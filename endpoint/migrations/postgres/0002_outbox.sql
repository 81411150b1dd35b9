-- What the company is told of, written with the step itself. `next_at` is when it is tried next, and while somebody sends it,
-- until when nobody else does.
CREATE TABLE outbox (
    id text COLLATE "C" PRIMARY KEY,
    body text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    attempts bigint NOT NULL,
    next_at bigint NOT NULL,
    done_at bigint
);
CREATE INDEX outbox_next ON outbox (next_at) WHERE done_at IS NULL;
CREATE INDEX outbox_done ON outbox (done_at);
