package exchange

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// mime is a mail's body in memory.
type mime string

func (m mime) Size() int64 { return int64(len(m)) }
func (m mime) Open(context.Context) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader([]byte(m))), nil
}

// A gateway that may not make its ledger folder has a fault of its own: mail that it sends in
// somebody's name must wait for the operator, and not come back as one that nobody may send.
func TestRefusedLedgerBouncesNothing(t *testing.T) {
	x := mapitest.NewServer(t)
	alice, err := x.AddUser(mapitest.User{Name: "alice", Address: "alice@example.test", Password: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	client, err := mapiclient.New(mapiclient.Options{
		Endpoint: mapiclient.Endpoint{URL: alice.URL(), UserDN: alice.LegacyDN()},
		Auth:     auth.NewBasic(auth.Credentials{User: "alice", Password: auth.NewSecret("secret")}),
		HTTP:     mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: x.CertPool()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	accounts := NewAccounts(func(string) (*mapiclient.Client, error) { return client, nil }, 1)
	defer accounts.Close(context.Background())
	s, err := NewSubmitter(SubmitterOptions{Accounts: accounts, Fallback: "alice@example.test"})
	if err != nil {
		t.Fatal(err)
	}
	x.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.CreateFolder), Code: mapi.ErrAccessDenied})
	to := mail.Recipient{Address: "bob@elsewhere.test"}
	o := s.Deliver(t.Context(), queue.Group{
		Mail: mail.Mail{
			ID: mail.NewID(time.Now()), Envelope: mail.Envelope{From: "carol@example.test", Recipients: []mail.Recipient{to}},
			Body: mime("From: carol@example.test\r\nTo: bob@elsewhere.test\r\nSubject: hello\r\n\r\nHello.\r\n"),
		},
		Items: []queue.Item{{Recipient: to, Attempt: 1}},
	})[0]
	if o.Verdict != mail.Retry || !o.Alarm {
		t.Errorf("%v %s alarm %v: %s, want a retry with an alarm", o.Verdict, o.Status(), o.Alarm, o.Text)
	}
}
