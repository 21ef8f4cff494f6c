package outbox

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/watch"
	"github.com/mapigate/mapigate/mapping"
)

// A Mode says which folder is watched.
type Mode string

// Modes.
const (
	// ModeOutbox watches the Outbox of a mailbox in which nobody else submits.
	ModeOutbox Mode = "outbox"
	// ModeFolder watches a folder of the user's that the gateway makes.
	ModeFolder Mode = "folder"
	// ModeSpooler takes what clients have submitted for a spooler, by the server's own protocol.
	// Servers that do not do it are refused. [MS-OXOMSG] 3.2.4.8
	ModeSpooler Mode = "spooler"
	// ModeJournal watches the Inbox of a mailbox that gets envelope journal reports: the message in
	// each report goes to those whom the report names.
	ModeJournal Mode = "journal"
)

// DefaultFolder is the folder of ModeFolder unless told otherwise.
const DefaultFolder = "Internet Outbox"

// ClaimedFolder is the hidden folder, beside the user's folders, where claimed
// messages lie until they are settled.
const ClaimedFolder = "Mapigate Claimed"

// AsideFolder is the user's folder where messages lie that could not be sent,
// because they can be neither read nor translated.
const AsideFolder = "Not Sent"

// Queue is the part of the queue that a watcher uses.
type Queue interface {
	queue.Putter
	queue.Settler
	queue.Locker
	// Show tells what became of a mail that carries an id of the gateway's.
	Show(ctx context.Context, id mail.ID) (queue.Record, error)
	Subscribe(t queue.Topic) (wake <-chan struct{}, cancel func())
}

// Options say what a watcher watches. Mailbox, Client, Queue and Legs are needed.
type Options struct {
	// Mailbox is the SMTP address of the mailbox.
	Mailbox string
	// Client opens it.
	Client *mapiclient.Client
	Queue  Queue
	// Set watches it within the sessions of the account, together with other
	// mailboxes; whoever made it runs it. Nil makes one for this mailbox alone.
	Set *watch.Set
	// Legs gives the way of each recipient of an envelope, in its order. It may change the recipients and add others.
	Legs func(ctx context.Context, m *mail.Mail) ([]queue.Leg, error)
	// Submits tells whether a way submits mail through a mailbox, perhaps this one; nil is all ways.
	Submits func(queue.Leg) bool
	// Own, if set, is the way of recipients that the address book knows as this Exchange's own.
	Own queue.Leg
	// ListLimit, if not 0, makes the gateway send to the members of distribution lists by itself, to so many at most. Otherwise the
	// server does, who also knows the members that are hidden from the address book.
	ListLimit int
	// Refuse gives the leg that makes a recipient fail with a text of ours.
	Refuse func(o mail.Outcome) queue.Leg

	// Mode says which folder is watched; the zero value is ModeFolder.
	Mode Mode
	// Folder is the folder of ModeFolder, below the user's top folder.
	Folder string
	// Mark makes the watcher leave alone what does not carry it.
	Mark Mark
	// SendAs are addresses, besides the mailbox's own, that its mail may come from.
	SendAs []string
	// JournalSenders are the addresses that journal reports come from, for ModeJournal.
	JournalSenders []string
	// JournalRecipients tells to which recipients of a report its mail is sent; nil is to all.
	JournalRecipients func(address string) bool
	// Grace is how long a message must have lain unchanged. 0 is 3 s, negative is none.
	Grace time.Duration
	// Poll is how often to look without being told, where no Set says it, and how
	// often to ask the queue what is final. 0 is one minute.
	Poll time.Duration
	// Holder names this gateway to others that want the mailbox.
	Holder string
	// Domain is the right side of Message-IDs made for messages without one.
	Domain string

	// Losses is told what did not cross, if set.
	Losses   func(m *mail.Mail, losses []mapping.Loss)
	Observer Observer
	// Step, if set, is called between every two steps; tests stop there.
	Step func(Step)
	Now  func() time.Time
	Log  *slog.Logger
}

// An Observer is told what happens, for metrics. It is called from several
// goroutines and must be quick.
type Observer interface {
	// Watching tells that a mailbox is watched now, or not any more.
	Watching(mailbox string, on bool)
	// Did counts steps: "claimed", "queued", "settled", "lost to another", "failed", "set aside", "ignored", "left alone".
	Did(mailbox, what string)
	// Lag tells how long a message that is in the queue now had lain ready in the mailbox.
	Lag(mailbox string, d time.Duration)
}

type nobody struct{}

func (nobody) Watching(string, bool)     {}
func (nobody) Did(string, string)        {}
func (nobody) Lag(string, time.Duration) {}

// A Step is a point between two actions of which each leaves a trace on a
// server or in the queue.
type Step string

// Steps, in their order.
const (
	StepFound   Step = "found"   // a message is ready
	StepMarked  Step = "marked"  // the claim GUID is saved on it
	StepMoved   Step = "moved"   // it lies in the hidden folder
	StepQueued  Step = "queued"  // it is in the queue
	StepCopied  Step = "copied"  // all is final, and the sent message stands
	StepDeleted Step = "deleted" // the claimed message is gone
	StepSettled Step = "settled" // the queue knows
)

// Steps lists all steps in their order.
func Steps() []Step {
	return []Step{StepFound, StepMarked, StepMoved, StepQueued, StepCopied, StepDeleted, StepSettled}
}

func (o Options) withDefaults() (Options, error) {
	if o.Mailbox == "" || o.Client == nil || o.Queue == nil || o.Legs == nil || o.Refuse == nil {
		return o, errors.New("outbox: Mailbox, Client, Queue, Legs and Refuse are needed")
	}
	if o.Mode == "" {
		o.Mode = ModeFolder
	}
	if o.Folder == "" {
		o.Folder = DefaultFolder
	}
	if o.Grace == 0 {
		o.Grace = 3 * time.Second
	}
	if o.Poll <= 0 {
		o.Poll = time.Minute
	}
	if o.Submits == nil {
		o.Submits = func(queue.Leg) bool { return true }
	}
	if o.Holder == "" {
		o.Holder = "mapigate"
	}
	if o.Observer == nil {
		o.Observer = nobody{}
	}
	if o.Step == nil {
		o.Step = func(Step) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o, nil
}
