package queue

import "errors"

// Errors of the contract; engines wrap them.
var (
	// ErrFull: the disk or the queue has no room for another mail. The mails in the queue are safe.
	ErrFull = errors.New("queue: no room")
	// ErrNotFound: there is no such mail.
	ErrNotFound = errors.New("queue: no such mail")
	// ErrLeaseLost: the lease has lapsed and somebody else took over. What was reported is in the mail's events only.
	ErrLeaseLost = errors.New("queue: lease lost")
	// ErrLocked: somebody else holds the lock.
	ErrLocked = errors.New("queue: locked by another")
	// ErrLockLost: the lock was lost to another or has run out.
	ErrLockLost = errors.New("queue: lock lost")
	// ErrState: the state of the recipient does not allow that.
	ErrState = errors.New("queue: not in this state")
	// ErrClosed: the queue is closed.
	ErrClosed = errors.New("queue: closed")
	// ErrInUse: another process serves this queue.
	ErrInUse = errors.New("queue: in use by another process")
	// ErrSchema: the store was written by a newer version.
	ErrSchema = errors.New("queue: store is newer than this program")
)
