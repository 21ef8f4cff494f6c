package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/mapigate/mapigate/gateway/queue"
)

// migrations lead from each version of the schema to the next; the version is in table meta. They only ever grow:
// never change one that has been released.
//
// Times are microseconds since 1970 in UTC; 0 is no time. Text sorts and compares by its bytes.
var migrations = []string{schema1, schema2, schema3}

const schema1 = `
CREATE TABLE meta (name text COLLATE "C" PRIMARY KEY, value bigint NOT NULL);

CREATE SEQUENCE serial; -- of leases, locks and events

CREATE TABLE mail (
	id         text COLLATE "C" PRIMARY KEY,    -- sorts by time
	received   bigint NOT NULL,
	expires    bigint NOT NULL,
	sender     text COLLATE "C" NOT NULL,       -- MAIL FROM
	message_id text COLLATE "C" NOT NULL,
	source     text COLLATE "C" NOT NULL,       -- mail.Source.Name
	claim      text COLLATE "C" NOT NULL,       -- '' when there is none
	head       json NOT NULL,                   -- the rest, see package life
	size       bigint NOT NULL,                 -- of the body
	body       boolean NOT NULL DEFAULT true,   -- is still kept
	open       integer NOT NULL,                -- recipients that are not final
	flawed     boolean NOT NULL DEFAULT false,  -- some recipient failed or expired
	settled    boolean NOT NULL DEFAULT false,  -- the claim has been settled
	finished   bigint NOT NULL DEFAULT 0,       -- when open became 0
	keep       bigint NOT NULL DEFAULT 0        -- when to purge; 0 while anything is left to do
);
CREATE UNIQUE INDEX mail_claim ON mail (claim) WHERE claim <> '';
CREATE INDEX mail_unsettled ON mail (source, id) WHERE claim <> '' AND NOT settled AND open = 0;
CREATE INDEX mail_open ON mail (id) WHERE open > 0;
CREATE INDEX mail_keep ON mail (keep) WHERE keep <> 0;

-- Bodies in chunks. Those of large mails are written before their mail, which is in table upload until then.
CREATE TABLE body (
	mail text COLLATE "C" NOT NULL,
	n    integer NOT NULL,
	data bytea NOT NULL,
	PRIMARY KEY (mail, n)
);
ALTER TABLE body ALTER data SET STORAGE EXTERNAL; -- compressing costs more than it saves here
CREATE TABLE upload (mail text COLLATE "C" PRIMARY KEY, since bigint NOT NULL);

CREATE TABLE recipient (
	mail        text COLLATE "C" NOT NULL,
	n           integer NOT NULL,            -- place in the envelope
	address     text COLLATE "C" NOT NULL,
	notify      smallint NOT NULL,
	orig        text COLLATE "C" NOT NULL,
	courier     text COLLATE "C" NOT NULL,
	route       text COLLATE "C" NOT NULL,
	destination text COLLATE "C" NOT NULL,
	state       smallint NOT NULL,           -- queue.State
	since       bigint NOT NULL,
	next        bigint NOT NULL,             -- the next attempt
	attempts    integer NOT NULL DEFAULT 0,
	doubt       boolean NOT NULL DEFAULT false,
	token       bigint NOT NULL DEFAULT 0,   -- of the last lease
	until       bigint NOT NULL DEFAULT 0,   -- when the lease lapses
	worker      text COLLATE "C" NOT NULL DEFAULT '',
	outcome     json,                        -- of the last attempt, see package life
	owes        smallint NOT NULL DEFAULT 0, -- queue.Kind bits
	warned      boolean NOT NULL DEFAULT false, -- a delay has been reported
	PRIMARY KEY (mail, n)
);
CREATE INDEX recipient_due ON recipient (courier, next) WHERE state IN (1, 3);
CREATE INDEX recipient_destination ON recipient (courier, destination, next) WHERE state IN (1, 3);
CREATE INDEX recipient_active ON recipient (courier, mail) WHERE state IN (1, 2, 3, 7);
CREATE INDEX recipient_leased ON recipient (courier, destination, mail) WHERE state = 2;
CREATE INDEX recipient_until ON recipient (until) WHERE state = 2;
CREATE INDEX recipient_odd ON recipient (mail) WHERE state IN (5, 6, 7);
CREATE INDEX recipient_owes ON recipient (mail) WHERE owes <> 0;

CREATE TABLE event (
	mail     text COLLATE "C" NOT NULL,
	id       bigint NOT NULL,                -- from serial: only ever grows
	at       bigint NOT NULL,
	kind     text COLLATE "C" NOT NULL,      -- queue.EventKind
	n        integer NOT NULL,
	state    smallint NOT NULL,
	attempt  integer NOT NULL,
	worker   text COLLATE "C" NOT NULL,
	text     text COLLATE "C" NOT NULL,
	outcome  json,
	PRIMARY KEY (mail, id)
);

CREATE TABLE lock (
	name   text COLLATE "C" PRIMARY KEY,
	token  bigint NOT NULL,
	holder text COLLATE "C" NOT NULL,
	until  bigint NOT NULL
);

-- Counts of recipients by courier and state, as changes to be summed up: transactions only ever add
-- rows, so that none waits for another. Sweep adds them together.
CREATE TABLE depth (courier text COLLATE "C" NOT NULL, state smallint NOT NULL, n bigint NOT NULL);

ALTER TABLE recipient SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE depth SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
`

// schema2 finds mails by Message-ID and address, tells apart who sends, and remembers what must not come twice. The indexes of what
// others write are by hash: it may be longer than a page.
const schema2 = `
ALTER TABLE recipient ADD COLUMN lane text COLLATE "C" NOT NULL DEFAULT ''; -- who sends, see life.Lane
CREATE INDEX recipient_lane ON recipient (courier, lane, next) WHERE state IN (1, 3);
CREATE INDEX recipient_address ON recipient USING hash (lower(address));
CREATE INDEX mail_message_id ON mail USING hash (message_id) WHERE message_id <> '';
CREATE INDEX mail_sender ON mail USING hash (lower(sender));

CREATE TABLE seen (key text COLLATE "C" PRIMARY KEY, mail text COLLATE "C" NOT NULL, until bigint NOT NULL); -- of guards
CREATE INDEX seen_until ON seen (until);

-- Counts of mails that are not finished, by name of the source and by lane, as changes to be summed up: see depth.
CREATE TABLE occupied (source text COLLATE "C" NOT NULL, n bigint NOT NULL);
CREATE INDEX occupied_source ON occupied (source);
INSERT INTO occupied (source, n) SELECT source, count(*) FROM mail WHERE open > 0 GROUP BY source;
ALTER TABLE occupied SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
`

// schema3 finds the mails that go to a destination, finished ones too.
const schema3 = `
CREATE INDEX recipient_place ON recipient USING hash (destination);
`

// migrationLock keeps gateways that start together from migrating at once.
const migrationLock = 0x4D704774

// migrate brings the schema up to date, each version in a transaction of its own.
func migrate(ctx context.Context, c *pgx.Conn) error {
	if _, err := c.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
		return err
	}
	defer c.Exec(ctx, "SELECT pg_advisory_unlock($1)", int64(migrationLock)) // ends with the connection in any case
	return migrateTo(ctx, c, len(migrations))
}

func migrateTo(ctx context.Context, c *pgx.Conn, wanted int) error {
	version, err := schemaVersion(ctx, c)
	if err != nil {
		return err
	}
	for ; version < wanted; version++ {
		script := fmt.Sprintf(`BEGIN; %s;
			INSERT INTO meta (name, value) VALUES ('schema', %d) ON CONFLICT (name) DO UPDATE SET value = excluded.value; COMMIT`,
			migrations[version], version+1)
		if _, err := c.PgConn().Exec(ctx, script).ReadAll(); err != nil {
			c.PgConn().Exec(ctx, "ROLLBACK").ReadAll() // leaves the version before
			return fmt.Errorf("schema version %d: %w", version+1, err)
		}
	}
	return nil
}

// schemaVersion reads the version, 0 when there is no queue yet, and refuses what a newer program wrote.
func schemaVersion(ctx context.Context, c *pgx.Conn) (int, error) {
	var version int
	err := c.QueryRow(ctx, "SELECT value FROM meta WHERE name = 'schema'").Scan(&version)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == undefinedTable {
		return 0, nil
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, errors.New("there is a table meta, but it is not a queue's: give Mapigate a database or schema of its own")
	}
	if err == nil && version > len(migrations) {
		err = fmt.Errorf("%w: its schema is version %d, this program knows up to %d", queue.ErrSchema, version, len(migrations))
	}
	return version, err
}
