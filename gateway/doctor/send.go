package doctor

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/outlets"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/smtpside"
)

const (
	testSubject = "Mapigate doctor: test mail"
	testText    = "This mail was sent by the examination of a gateway. It can be thrown away.\r\n"
)

// send sends a mail by the way that the routes give it, past the queue.
func (d *doctor) send(ctx context.Context) {
	to := d.opts.SendTo
	if to == "" {
		return
	}
	what := "test mail to " + to
	from := d.sender()
	leg, err := d.config.Table().Find(mail.Source{Kind: "smtp"}, from, to)
	if err != nil {
		d.wrong(what, err.Error(), "no route takes mail there: see routes in the configuration")
		return
	}
	d.within(ctx, func(ctx context.Context) {
		if name, ok := strings.CutPrefix(leg.Courier, route.Exchange+"/"); ok {
			d.sendByExchange(ctx, what, name, to)
		} else {
			d.sendBySMTP(ctx, what, leg.Destination, from, to)
		}
	})
}

// sender is who the mail is from.
func (d *doctor) sender() string {
	for i := range d.config.Exchange {
		if m := d.config.Exchange[i].Mailbox; m != "" {
			return m
		}
	}
	return "postmaster@" + d.config.Hostname
}

func (d *doctor) sendByExchange(ctx context.Context, what, name, to string) {
	var e *config.Exchange
	for i := range d.config.Exchange {
		if d.config.Exchange[i].Name == name {
			e = &d.config.Exchange[i]
		}
	}
	if e == nil {
		d.wrong(what, "there is no exchange "+name, "correct the routes")
		return
	}
	through, how := e.Mailbox, "submitted through "+e.Mailbox
	if e.Deliver == config.DeliverInbox {
		through, how = to, "written into the Inbox"
	}
	x := &examination{doctor: d, exchange: e}
	err := x.with(ctx, through, func(m *mapiclient.Mailbox) error {
		msg, err := testMessage(to)
		if err != nil {
			return err
		}
		if e.Deliver == config.DeliverInbox {
			msg.Props.Set(mapi.PidTagMessageFlags.Of(0)) // neither read nor a draft
			_, err = m.Deliver(ctx, msg)
			return err
		}
		_, err = m.Submit(ctx, msg, mapiclient.SubmitOptions{})
		return err
	})
	if err != nil {
		d.wrong(what, err.Error(), remedyOf(err, e))
		return
	}
	d.fine(what, "%s by exchange %s", how, name)
}

func testMessage(to string) (*mapi.Message, error) {
	id, err := mapi.EntryIDBytes(mapi.NewOneOff(to, to))
	if err != nil {
		return nil, err
	}
	return &mapi.Message{
		Props: mapi.Props{
			mapi.PidTagMessageClass.Of("IPM.Note"), mapi.PidTagSubject.Of(testSubject), mapi.PidTagBody.Of(testText),
		},
		Recipients: []mapi.Recipient{{Type: mapi.RecipientTo, Props: mapi.Props{
			mapi.PidTagObjectType.Of(6), mapi.PidTagDisplayType.Of(0), mapi.PidTagDisplayName.Of(to),
			mapi.PidTagAddressType.Of("SMTP"), mapi.PidTagEmailAddress.Of(to), mapi.PidTagSmtpAddress.Of(to), mapi.PidTagEntryId.Of(id),
		}}},
	}, nil
}

func (d *doctor) sendBySMTP(ctx context.Context, what, destination, from, to string) {
	way, err := outlets.Way(d.config, destination)
	if err != nil {
		d.wrong(what, err.Error(), "correct the configuration")
		return
	}
	sender, err := smtpside.NewSender(smtpside.SenderOptions{Hostname: d.config.Hostname, Resolver: d.opts.Resolver})
	if err != nil {
		d.wrong(what, err.Error(), "correct the configuration")
		return
	}
	defer sender.Close()
	text := fmt.Sprintf("From: <%s>\r\nTo: <%s>\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <%d.doctor@%s>\r\n\r\n%s",
		from, to, testSubject, d.opts.Now().Format(time.RFC1123Z), d.opts.Now().UnixNano(), d.config.Hostname, testText)
	result, err := sender.Send(ctx, smtpside.Job{
		ID: "doctor", Route: way, From: from, Params: smtpside.MailParams{Size: int64(len(text)), Body: smtpside.Body7Bit},
		Recipients: []smtpside.JobRecipient{{Address: to}},
		Open:       func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil },
	})
	switch {
	case err != nil:
		d.wrong(what, err.Error(), "correct the configuration")
	case !result.Recipients[0].Status.Success():
		r := &result.Recipients[0]
		d.wrong(what, fmt.Sprintf("%s: %s", r.Host, r.Status.Error()), d.remedyOfReply(destination, r.Status))
	default:
		d.fine(what, "taken by %s: %s", result.Recipients[0].Host, result.Recipients[0].Status.Error())
	}
}

// remedyOfReply says what to do about the reply to the test mail, or about there being none.
func (d *doctor) remedyOfReply(destination string, s smtpside.Status) string {
	direct := !strings.HasPrefix(destination, route.Smarthost+"/")
	switch {
	case strings.HasPrefix(s.Detail, "4.") && direct:
		return fmt.Sprintf("port %d outwards may be blocked, as many providers and clouds do: try it from another network, have it opened, or send through a smarthost (internet.smarthosts)",
			d.config.Internet.Port)
	case strings.HasPrefix(s.Detail, "4."):
		return "see to the smarthost, its port, and the firewalls on the way"
	case strings.HasPrefix(s.Detail, "7.") && direct:
		return "the host does not trust us: see to the reverse name, SPF and DKIM above, and ask whether this address stands on a block list"
	}
	return "see to what the host says"
}
