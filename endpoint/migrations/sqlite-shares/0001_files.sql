-- Sealed files. The records of file 7 are in the table `share_7`, in the order of the file: `n` is the record's position,
-- `sealed` its ciphertext and tag. Its index is made when all of them are there.
CREATE TABLE share_file (
    id INTEGER PRIMARY KEY,
    header TEXT NOT NULL,
    header_digest BLOB NOT NULL UNIQUE CHECK (length(header_digest) = 32),
    recipients TEXT NOT NULL,
    records INTEGER,
    next_n INTEGER NOT NULL,
    complete INTEGER NOT NULL CHECK (complete IN (0, 1)),
    imported_at INTEGER NOT NULL
) STRICT;
