package ical

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

// productID names the writer. RFC 5545 3.7.3
const productID = "-//Mapigate//Mapigate//EN"

// A writer writes one message.
type writer struct {
	*contentline.Writer
	msg     *mapi.Message
	opts    FromOptions
	class   string    // the class of its form
	zone    *ruleZone // nil: times are in UTC
	written *Written
}

// An outForm is what a message class becomes. [MS-OXCICAL] 2.1.3.1.1.1
type outForm struct {
	class, method, component string
	write                    func(*writer)
}

// outForms are the classes that have a form; a longer class than one of these
// is a custom form of it.
var outForms = []outForm{
	{classAppointment, "PUBLISH", "VEVENT", (*writer).appointment},
	{classRequest, "REQUEST", "VEVENT", (*writer).appointment},
	{classCanceled, "CANCEL", "VEVENT", (*writer).appointment},
	{classAccepted, "REPLY", "VEVENT", (*writer).response},
	{classDeclined, "REPLY", "VEVENT", (*writer).response},
	{classTentative, "REPLY", "VEVENT", (*writer).response},
	{classTask, "PUBLISH", "VTODO", (*writer).task},
	{classActivity, "PUBLISH", "VJOURNAL", (*writer).journal},
	{classStickyNote, "PUBLISH", "VJOURNAL", (*writer).journal},
}

// formOf finds the form of a message class.
func formOf(class string) (outForm, bool) {
	for _, f := range outForms {
		n := len(f.class)
		if len(class) >= n && strings.EqualFold(class[:n], f.class) && (len(class) == n || class[n] == '.') {
			return f, true
		}
	}
	return outForm{}, false
}

// Maps tells whether [FromMAPI] knows the message class.
func Maps(class string) bool {
	_, ok := formOf(class)
	return ok
}

// FromMAPI writes a message as iCalendar in UTF-8. The text is PidTagBody;
// attachments other than the exceptions of a series are left to the caller.
// Errors are the writer's, the context's, and [ErrClass].
func FromMAPI(ctx context.Context, out io.Writer, msg *mapi.Message, opts FromOptions) (*Written, error) {
	class := mapi.PidTagMessageClass.Get(msg.Props)
	form, ok := formOf(class)
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrClass, class)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := &writer{Writer: contentline.NewWriter(out), msg: msg, opts: opts, class: form.class, written: &Written{Method: form.method, Component: form.component}}
	if form.method == "REPLY" && mapi.PidLidAppointmentCounterProposal.Get(msg.Props) {
		w.written.Method = "COUNTER"
	}
	w.zone = zoneOf(msg.Props)
	w.Begin("VCALENDAR")
	w.Line("PRODID", productID)
	w.Line("VERSION", "2.0")
	w.Line("METHOD", w.written.Method)
	if w.zone != nil && form.component == "VEVENT" {
		w.zone.write(w.Writer)
	}
	form.write(w)
	w.End("VCALENDAR")
	return w.written, w.Err()
}

func (w *writer) lose(where, what string, err error) {
	if len(w.written.Losses) < maxLosses {
		w.written.Losses = append(w.written.Losses, loss.Loss{Where: where, What: cut(what, 80), Reason: err.Error()})
	}
}

// rules writes what the rules say of the properties.
func (w *writer) rules(ps mapi.Props, sets ...[]rule) {
	for _, rules := range sets {
		for _, r := range rules {
			r.write(w.Writer, ps)
		}
	}
}

var errNoAddress = errors.New("it has no SMTP address")

// smtp gives the SMTP address of a person's properties, or "".
func (w *writer) smtp(smtp, kind, address string) string {
	switch {
	case smtp != "":
		return smtp
	case strings.EqualFold(kind, "SMTP") || kind == "" && strings.Contains(address, "@"):
		return address
	case w.opts.SMTPAddress != nil && address != "":
		return w.opts.SMTPAddress(kind, address)
	}
	return ""
}

// sender gives who sends the message, or for whom.
func (w *writer) sender() person {
	ps := w.msg.Props
	p := person{mapi.PidTagSentRepresentingName.Get(ps), w.smtp(mapi.PidTagSentRepresentingSmtpAddress.Get(ps),
		mapi.PidTagSentRepresentingAddressType.Get(ps), mapi.PidTagSentRepresentingEmailAddress.Get(ps))}
	if p.address == "" {
		p = person{mapi.PidTagSenderName.Get(ps), w.smtp(mapi.PidTagSenderSmtpAddress.Get(ps),
			mapi.PidTagSenderAddressType.Get(ps), mapi.PidTagSenderEmailAddress.Get(ps))}
	}
	return p
}

func (w *writer) recipient(r *mapi.Recipient) person {
	return person{mapi.PidTagDisplayName.Get(r.Props), w.smtp(mapi.PidTagSmtpAddress.Get(r.Props),
		mapi.PidTagAddressType.Get(r.Props), mapi.PidTagEmailAddress.Get(r.Props))}
}

// owner writes whose task or journal entry it is.
func (w *writer) owner() {
	if p := w.sender(); p.address != "" {
		w.Line("ORGANIZER", mailto(p.address), contentline.P("CN", p.name))
	}
}

// common writes what every component has.
func (w *writer) common(ps mapi.Props) {
	w.Line("UID", contentline.Escape(w.uid()))
	w.Line("DTSTAMP", formatUTC(w.stamp()))
	if body := mapi.PidTagBody.Get(ps); body != "" {
		w.Text("DESCRIPTION", strings.TrimRight(body, "\r\n \x00"))
	}
}
