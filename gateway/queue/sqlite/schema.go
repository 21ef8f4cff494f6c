package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/mapigate/mapigate/gateway/queue"
)

// migrations lead from each version of the schema to the next; the version is PRAGMA user_version. They only
// ever grow: never change one that has been released.
//
// Times are microseconds since 1970 in UTC; 0 is no time.
var migrations = []string{schema1, schema2, schema3, schema4, schema5}

const schema1 = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE mail (
	id         TEXT PRIMARY KEY,           -- sorts by time
	received   INTEGER NOT NULL,
	expires    INTEGER NOT NULL,
	sender     TEXT NOT NULL,              -- MAIL FROM
	message_id TEXT NOT NULL,
	source     TEXT NOT NULL,              -- mail.Source.Name
	claim      TEXT NOT NULL,              -- '' when there is none
	head       BLOB NOT NULL,              -- the rest, see row.go
	size       INTEGER NOT NULL,           -- of the body
	place      INTEGER NOT NULL,           -- of the body, see body.go
	open       INTEGER NOT NULL,           -- recipients that are not final
	flawed     INTEGER NOT NULL DEFAULT 0, -- some recipient failed or expired
	settled    INTEGER NOT NULL DEFAULT 0, -- the claim has been settled
	finished   INTEGER NOT NULL DEFAULT 0, -- when open became 0
	keep       INTEGER NOT NULL DEFAULT 0  -- when to purge; 0 while anything is left to do
) WITHOUT ROWID;
CREATE UNIQUE INDEX mail_claim ON mail (claim) WHERE claim <> '';
CREATE INDEX mail_unsettled ON mail (source, id) WHERE claim <> '' AND settled = 0 AND open = 0;
CREATE INDEX mail_open ON mail (id) WHERE open > 0;
CREATE INDEX mail_keep ON mail (keep) WHERE keep <> 0;

CREATE TABLE body (mail TEXT PRIMARY KEY, data BLOB NOT NULL);

CREATE TABLE recipient (
	mail        TEXT NOT NULL,
	n           INTEGER NOT NULL,          -- place in the envelope
	address     TEXT NOT NULL,
	notify      INTEGER NOT NULL,
	orig        TEXT NOT NULL,
	courier     TEXT NOT NULL,
	route       TEXT NOT NULL,
	destination TEXT NOT NULL,
	state       INTEGER NOT NULL,          -- queue.State
	since       INTEGER NOT NULL,
	next        INTEGER NOT NULL,          -- the next attempt
	attempts    INTEGER NOT NULL DEFAULT 0,
	doubt       INTEGER NOT NULL DEFAULT 0,
	token       INTEGER NOT NULL DEFAULT 0, -- of the last lease
	until       INTEGER NOT NULL DEFAULT 0, -- when the lease lapses
	worker      TEXT NOT NULL DEFAULT '',
	outcome     BLOB,                       -- of the last attempt, see row.go
	owes        INTEGER NOT NULL DEFAULT 0, -- queue.Kind bits
	warned      INTEGER NOT NULL DEFAULT 0, -- a delay has been reported
	PRIMARY KEY (mail, n)
) WITHOUT ROWID;
CREATE INDEX recipient_due ON recipient (courier, next) WHERE state IN (1, 3);
CREATE INDEX recipient_destination ON recipient (courier, destination, next) WHERE state IN (1, 3);
CREATE INDEX recipient_active ON recipient (courier, mail) WHERE state IN (1, 2, 3, 7);
CREATE INDEX recipient_leased ON recipient (courier, destination, mail) WHERE state = 2;
CREATE INDEX recipient_until ON recipient (until) WHERE state = 2;
CREATE INDEX recipient_odd ON recipient (mail) WHERE state IN (5, 6, 7);
CREATE INDEX recipient_owes ON recipient (mail) WHERE owes <> 0;

CREATE TABLE event (
	mail     TEXT NOT NULL,
	at       INTEGER NOT NULL,             -- unique, and only ever grows
	kind     TEXT NOT NULL,                -- queue.EventKind
	n        INTEGER NOT NULL,
	state    INTEGER NOT NULL,
	attempt  INTEGER NOT NULL,
	worker   TEXT NOT NULL,
	text     TEXT NOT NULL,
	outcome  BLOB,
	PRIMARY KEY (mail, at)
) WITHOUT ROWID;

CREATE TABLE lock (
	name   TEXT PRIMARY KEY,
	token  INTEGER NOT NULL,
	holder TEXT NOT NULL,
	until  INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE depth (
	courier TEXT NOT NULL,
	state   INTEGER NOT NULL,
	n       INTEGER NOT NULL,
	PRIMARY KEY (courier, state)
) WITHOUT ROWID;
`

// schema2 finds what people look for: mails to an address or a destination, and those with a Message-ID.
const schema2 = `
CREATE INDEX recipient_place ON recipient (destination);
CREATE INDEX recipient_address ON recipient (lower(address));
CREATE INDEX mail_message_id ON mail (message_id);
`

// schema3 tells apart who sends, finds mails by sender, and remembers what must not come twice.
const schema3 = `
ALTER TABLE recipient ADD COLUMN lane TEXT NOT NULL DEFAULT ''; -- who sends, see life.Lane
CREATE INDEX recipient_lane ON recipient (courier, lane, next) WHERE state IN (1, 3);
CREATE INDEX mail_sender ON mail (lower(sender));

CREATE TABLE seen (key TEXT PRIMARY KEY, mail TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID; -- of guards
CREATE INDEX seen_until ON seen (until);

-- Counts of mails that are not finished, by name of the source and by lane.
CREATE TABLE occupied (source TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO occupied (source, n) SELECT source, count(*) FROM mail WHERE open > 0 GROUP BY source;
`

// schema4 keeps bodies under a number, which needs no index of its own; those in table body stay there. When leases lapse the writer
// knows.
const schema4 = `
CREATE TABLE content (n INTEGER PRIMARY KEY, data BLOB NOT NULL);
ALTER TABLE mail ADD COLUMN content INTEGER NOT NULL DEFAULT 0; -- its number, where place is 3
DROP INDEX recipient_until;
`

// schema5 keeps bodies of middling size in segments: place is 4, and content a shelf. It finds those of one segment.
const schema5 = `
CREATE INDEX mail_shelf ON mail (content, size) WHERE place = 4;
`

// applicationID marks the file as a queue of ours ("MpGt").
const applicationID = 0x4D704774

// migrate brings the schema up to date, each version in a transaction of its own.
func migrate(ctx context.Context, c *sql.Conn) error {
	version, err := schemaVersion(ctx, c)
	if err != nil {
		return err
	}
	for ; version < len(migrations); version++ {
		script := fmt.Sprintf("BEGIN IMMEDIATE; %s; PRAGMA user_version = %d; PRAGMA application_id = %d; COMMIT",
			migrations[version], version+1, applicationID)
		if _, err := c.ExecContext(ctx, script); err != nil {
			c.ExecContext(ctx, "ROLLBACK") // leaves the version before
			return fmt.Errorf("schema version %d: %w", version+1, err)
		}
	}
	return nil
}

// schemaVersion reads the version and refuses what a newer program or another one wrote.
func schemaVersion(ctx context.Context, c *sql.Conn) (int, error) {
	var version, app int
	if err := c.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return 0, err
	}
	if err := c.QueryRowContext(ctx, "PRAGMA application_id").Scan(&app); err != nil {
		return 0, err
	}
	if version > 0 && app != applicationID {
		return 0, fmt.Errorf("this database is not a queue of Mapigate (application id %#x)", app)
	}
	if version > len(migrations) {
		return 0, fmt.Errorf("%w: its schema is version %d, this program knows up to %d", queue.ErrSchema, version, len(migrations))
	}
	return version, nil
}
