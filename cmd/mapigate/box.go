package main

import (
	"context"
	"io"
	"time"

	"github.com/mapigate/mapigate/mapping"
)

// A box is what the mailbox commands look into: a mailbox over MAPI, or what
// left for the demo's internet.
type box interface {
	// address names the box, and is what places in it begin with.
	address() string
	folders(ctx context.Context) ([]folderInfo, error)
	messages(ctx context.Context, folder string) ([]messageInfo, error)
	// find looks for a Message-ID in all folders.
	find(ctx context.Context, messageID string) ([]messageInfo, error)
	// write writes one message as MIME, or as JSON.
	write(ctx context.Context, w io.Writer, folder, id string, asJSON bool) ([]mapping.Loss, error)
	close(ctx context.Context)
}

// folderInfo is one folder in a listing.
type folderInfo struct {
	Path   string `json:"path"`
	Count  int    `json:"count"`
	Unread int    `json:"unread"`
}

// messageInfo is one message in a listing.
type messageInfo struct {
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
