package postgres

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/mapigate/mapigate/gateway/queue"
)

// SQLSTATE codes, Appendix A of the PostgreSQL documentation.
const (
	undefinedTable       = "42P01"
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	diskFull             = "53100"
	tooManyConnections   = "53300"
	noSuchStatement      = "26000"
	knownStatement       = "42P05"
)

// pooled tells whether somebody between us and the server gives one session's statements to several: what was prepared in one is not
// known in the next.
func pooled(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == noSuchStatement || pg.Code == knownStatement)
}

// errInDoubt marks a transaction whose COMMIT was sent and whose answer was lost.
var errInDoubt = errors.New("postgres: the connection broke during the commit")

const needsSessions = "a pooler in front of the server must pool by session, not by transaction"

// classify says "no room" and "no such mail" in the words of the contract.
func classify(err error) error {
	var pg *pgconn.PgError
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return fmt.Errorf("%w (%w)", queue.ErrNotFound, err)
	case errors.As(err, &pg) && pg.Code == diskFull:
		return fmt.Errorf("%w: %w", queue.ErrFull, err)
	case pooled(err):
		return fmt.Errorf("%w (%s)", err, needsSessions)
	}
	return err
}

// passing tells whether the same transaction may succeed when it is tried again: it lost against another one, or the server
// went away or is starting.
func passing(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case serializationFailure, deadlockDetected, tooManyConnections:
			return true
		}
		// Class 57P is the server shutting down or starting up; 08 is a broken connection.
		return strings.HasPrefix(pg.Code, "57P") || strings.HasPrefix(pg.Code, "08")
	}
	return broken(err)
}

// broken tells whether the connection is to blame.
func broken(err error) bool {
	var connect *pgconn.ConnectError
	var network interface{ Timeout() bool }
	return errors.As(err, &connect) || errors.Is(err, errConnection) || errors.As(err, &network)
}

// errConnection marks errors after which a connection was found closed.
var errConnection = errors.New("postgres: connection lost")
