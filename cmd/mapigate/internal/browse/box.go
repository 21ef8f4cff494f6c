// Package browse looks into mailboxes over MAPI, and into what left the demo for its internet: folders, messages, and the
// places that name them on a command line.
package browse

import (
	"context"
	"io"
	"time"

	"github.com/mapigate/mapigate/mapping"
)

// A Box is what the mailbox commands look into: a mailbox over MAPI, or what
// left for the demo's internet.
type Box interface {
	// Address names the box, and is what places in it begin with.
	Address() string
	// Folders lists the folders, Messages what is in one of them.
	Folders(ctx context.Context) ([]Folder, error)
	Messages(ctx context.Context, folder string) ([]Message, error)
	// Find looks for a Message-ID in all folders.
	Find(ctx context.Context, messageID string) ([]Message, error)
	// Write writes one message as MIME, or as JSON.
	Write(ctx context.Context, w io.Writer, folder, id string, asJSON bool) ([]mapping.Loss, error)
	Close(ctx context.Context)
}

// A Folder is one folder in a listing.
type Folder struct {
	Path   string `json:"path"`
	Count  int    `json:"count"`
	Unread int    `json:"unread"`
}

// A Message is one message in a listing.
type Message struct {
	Place     string    `json:"place"` // what get takes
	Mailbox   string    `json:"mailbox"`
	Folder    string    `json:"folder"`
	ID        string    `json:"id"`
	MessageID string    `json:"message_id"`
	Time      time.Time `json:"time"`
	From      string    `json:"from"`
	To        string    `json:"to"`
	Subject   string    `json:"subject"`
	Size      int64     `json:"size"`
	Class     string    `json:"class,omitempty"`
	Unread    bool      `json:"unread"`
	Draft     bool      `json:"draft"`
}
