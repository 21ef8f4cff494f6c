package vcard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/contentline"
	"github.com/mapigate/mapigate/mapping/loss"
)

// ErrClass says that messages of a class have no form as a vCard.
var ErrClass = errors.New("message class has no vCard form")

// A writer writes one card.
type writer struct {
	*contentline.Writer
	opts    FromOptions
	version int
	losses  []loss.Loss
}

func (w *writer) lose(where, what, reason string) {
	if len(w.losses) < maxLosses {
		w.losses = append(w.losses, loss.Loss{Where: where, What: cut(what, 80), Reason: reason})
	}
}

// dateValue is the VALUE of dates, which vCard 4.0 needs not say.
func (w *writer) dateValue() string {
	if w.version >= 4 {
		return ""
	}
	return "date"
}

// is tells whether a message class is another or a custom form of it.
func is(class, of string) bool {
	return len(class) >= len(of) && strings.EqualFold(class[:len(of)], of) && (len(class) == len(of) || class[len(of)] == '.')
}

// Maps tells whether [FromMAPI] knows the message class.
func Maps(class string) bool { return is(class, classContact) || is(class, classDistList) }

// FromMAPI writes an IPM.Contact or IPM.DistList as a vCard in UTF-8 and gives
// what had no place. Attachments other than the picture are left to the
// caller. Errors are the writer's, the context's, the picture's and [ErrClass].
func FromMAPI(ctx context.Context, out io.Writer, msg *mapi.Message, opts FromOptions) ([]loss.Loss, error) {
	class := mapi.PidTagMessageClass.Get(msg.Props)
	if !Maps(class) {
		return nil, fmt.Errorf("%w: %s", ErrClass, class)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := &writer{Writer: contentline.NewWriter(out), opts: opts, version: opts.Version}
	if w.version != 4 {
		w.version = 3
	}
	w.Begin("VCARD")
	w.Line("VERSION", fmt.Sprintf("%d.0", w.version))
	name := mapi.PidTagDisplayName.Get(msg.Props)
	for _, other := range []string{mapi.PidTagSubject.Get(msg.Props), mapi.PidLidFileUnder.Get(msg.Props)} {
		if name == "" {
			name = other
		}
	}
	w.Line("FN", contentline.Escape(name)) // which there must be. RFC 2426 3.1.1
	if is(class, classDistList) {
		if w.version >= 4 {
			w.Line("KIND", "group")
		} else {
			w.Line("X-ADDRESSBOOKSERVER-KIND", "group")
		}
		w.members(msg.Props)
	}
	for _, r := range rules {
		r.write(w, msg.Props)
	}
	err := w.photo(ctx, msg)
	w.End("VCARD")
	return w.losses, errors.Join(err, w.Err())
}
