package backup

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping"
	"github.com/mapigate/mapigate/mapping/ical"
	"github.com/mapigate/mapigate/mapping/vcard"
)

// A Format says what the mails of a folder are written as. Calendar items,
// tasks and journal entries are .ics files and contacts .vcf files whatever it is.
type Format string

// Formats.
const (
	// EML is one .eml file for each mail; the manifest has the states.
	EML Format = "eml"
	// Maildir is a folder with cur, new and tmp; the names of files have the states.
	Maildir Format = "maildir"
	// Mbox is one file for each folder, in the form called mboxrd; Status and X-Status have the states.
	Mbox Format = "mbox"
)

// A kind says what one message is written as: the end of its file's name.
type kind string

const (
	kindMail     kind = ".eml"
	kindCalendar kind = ".ics"
	kindCard     kind = ".vcf"
)

// kindOf chooses. What has files attached is a mail whatever its class, which
// the part of it that is a calendar or a card tells: they have no place in those.
func kindOf(msg *mapi.Message) kind {
	class := mapi.PidTagMessageClass.Get(msg.Props)
	if hasFiles(msg) {
		return kindMail
	}
	switch {
	case vcard.Maps(class):
		return kindCard
	case ical.Maps(class) && !under(class, "IPM.Schedule"):
		return kindCalendar
	}
	return kindMail
}

func under(class, parent string) bool {
	return strings.EqualFold(class, parent) || len(class) > len(parent) && strings.EqualFold(class[:len(parent)+1], parent+".")
}

// hasFiles tells whether something is attached besides the changed instances
// of a series and the picture of a contact, which have a place in their formats.
func hasFiles(msg *mapi.Message) bool {
	const afException = 0x02 // [MS-OXOCAL] 2.2.10.1
	for i := range msg.Attachments {
		p := msg.Attachments[i].Props
		if mapi.PidTagAttachmentFlags.Get(p)&afException == 0 && !mapi.PidTagAttachmentContactPhoto.Get(p) {
			return true
		}
	}
	return false
}

// render writes a message as what it is.
func render(ctx context.Context, w io.Writer, msg *mapi.Message, k kind, resolver mapping.Resolver) ([]mapping.Loss, error) {
	smtp := func(addressType, address string) string {
		if resolver == nil {
			return ""
		}
		found, _ := resolver.SMTPAddress(ctx, addressType, address)
		return found
	}
	switch k {
	case kindCalendar:
		r, err := ical.FromMAPI(ctx, w, msg, ical.FromOptions{Now: mapi.PidTagLastModificationTime.Get(msg.Props), SMTPAddress: smtp})
		if err != nil {
			return nil, err
		}
		return r.Losses, nil
	case kindCard:
		return vcard.FromMAPI(ctx, w, msg, vcard.FromOptions{Version: 4, SMTPAddress: smtp})
	}
	r, err := mapping.ToMIME(ctx, w, msg, mapping.ToMIMEOptions{Resolver: resolver, TNEF: mapping.TNEFMinimal})
	if err != nil {
		return nil, err
	}
	return r.Losses, nil
}

// ParseFormat reads the name of a format.
func ParseFormat(s string) (Format, error) {
	switch f := Format(s); f {
	case EML, Maildir, Mbox:
		return f, nil
	}
	return "", fmt.Errorf("%q is no format: eml, maildir or mbox", s)
}
