-- Who may register here. A password is never kept: only what Digest needs of it for this realm.
CREATE TABLE subscribers (
    name       TEXT NOT NULL PRIMARY KEY,
    number     TEXT NOT NULL UNIQUE,
    display    TEXT NOT NULL,
    realm      TEXT NOT NULL,
    ha1_md5    TEXT NOT NULL,
    ha1_sha256 TEXT NOT NULL
) STRICT;

-- Where a device can be reached that has no connection of its own: what survives a restart.
CREATE TABLE bindings (
    name       TEXT NOT NULL REFERENCES subscribers (name) ON DELETE CASCADE,
    contact    TEXT NOT NULL,
    received   TEXT NOT NULL,
    call_id    TEXT NOT NULL,
    cseq       INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, -- seconds since 1970
    PRIMARY KEY (name, contact)
) STRICT;

-- Rises with every change of the subscribers, so that a running gateway sees what the command line did.
CREATE TABLE revisions (
    of     TEXT NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL
) STRICT;

INSERT INTO revisions (of, number) VALUES ('subscribers', 0);

CREATE TRIGGER subscriber_added AFTER INSERT ON subscribers BEGIN
    UPDATE revisions SET number = number + 1 WHERE of = 'subscribers';
END;

CREATE TRIGGER subscriber_changed AFTER UPDATE ON subscribers BEGIN
    UPDATE revisions SET number = number + 1 WHERE of = 'subscribers';
END;

CREATE TRIGGER subscriber_removed AFTER DELETE ON subscribers BEGIN
    UPDATE revisions SET number = number + 1 WHERE of = 'subscribers';
END;
