package internet

import (
	"testing"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/smtpside"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// Only where no host takes up a mail at all does that say something about the other mail for it: what a host answers about one recipient
// or one message is about that one, whatever its code. A mail in doubt tells the same.
func TestReach(t *testing.T) {
	for name, c := range map[string]struct {
		fault smtptest.Fault
		want  mail.Reach
	}{
		"turned away at once":             {smtptest.Fault{Verb: "CONNECT", Reply: "421 4.3.2 too busy", Drop: true}, mail.NoAnswer},
		"hung up at once":                 {smtptest.Fault{Verb: "CONNECT", Drop: true}, mail.NoAnswer},
		"going down before MAIL":          {smtptest.Fault{Verb: "MAIL", Reply: "421 4.3.2 going down", Drop: true}, mail.NoAnswer},
		"a sender not now":                {smtptest.Fault{Verb: "MAIL", Reply: "451 4.4.3 no DNS for that sender"}, mail.Answered},
		"the recipient's DNS":             {smtptest.Fault{Verb: "RCPT", Reply: "451 4.4.3 no DNS for that domain"}, mail.Answered},
		"the recipient's system":          {smtptest.Fault{Verb: "RCPT", Reply: "450 4.3.2 not taking mail now"}, mail.Answered},
		"hung up within one message":      {smtptest.Fault{Verb: "BODY", Drop: true}, mail.Answered},
		"a message that it does not like": {smtptest.Fault{Verb: ".", Reply: "451 4.4.1 the next hop is away"}, mail.Answered},
		"lost answer":                     {smtptest.Fault{Verb: ".", Drop: true}, mail.Answered},
	} {
		t.Run(name, func(t *testing.T) {
			sink, err := smtptest.NewSink(smtptest.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer sink.Close()
			sink.Fail(c.fault)
			sender, err := smtpside.NewSender(smtpside.SenderOptions{Hostname: "gw.here.test"})
			if err != nil {
				t.Fatal(err)
			}
			defer sender.Close()
			courier, err := New(Options{Sender: sender, Smarthosts: map[string]smtpside.Route{"smarthost/main": {Hosts: []string{sink.Addr}, TLS: smtpside.TLSNever}}})
			if err != nil {
				t.Fatal(err)
			}
			for _, doubt := range []bool{false, true} {
				g := group("smarthost/main", "smarthost/main", "a@there.test")
				g.Items[0].Unknown = doubt
				if o := courier.Deliver(t.Context(), g)[0]; o.Reach != c.want || o.Verdict == mail.Failed || o.Verdict == mail.Delivered {
					t.Errorf("in doubt %v: reach %d, %+v; want %d", doubt, o.Reach, o, c.want)
				}
			}
		})
	}
}
