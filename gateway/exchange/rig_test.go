package exchange

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// content is a mail's body in memory.
type content string

func (m content) Size() int64 { return int64(len(m)) }
func (m content) Open(context.Context) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader([]byte(m))), nil
}

// A rig is a test Exchange with users of example.test and the accounts to reach them.
type rig struct {
	*testing.T
	x        *mapitest.Server
	accounts *Accounts
}

func newRig(t *testing.T, users ...string) *rig {
	t.Helper()
	return newRigWith(t, mapitest.Options{}, users...)
}

func newRigWith(t *testing.T, opts mapitest.Options, users ...string) *rig {
	t.Helper()
	r := &rig{T: t, x: mapitest.NewServer(t, opts)}
	for _, name := range users {
		if _, err := r.x.AddUser(mapitest.User{Name: name, Address: name + "@example.test", Password: "secret"}); err != nil {
			t.Fatal(err)
		}
	}
	r.accounts = NewAccounts(func(address string) (*mapiclient.Client, error) {
		name, _, _ := strings.Cut(address, "@")
		box := r.x.Mailbox(name)
		return mapiclient.New(mapiclient.Options{
			Endpoint: mapiclient.Endpoint{URL: box.URL(), UserDN: box.LegacyDN()},
			Auth:     auth.NewBasic(auth.Credentials{User: name, Password: auth.NewSecret("secret")}),
			HTTP:     mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: r.x.CertPool()}},
		})
	}, 1) // nothing may need a second session while it holds one
	t.Cleanup(func() { r.accounts.Close(context.Background()) })
	return r
}

// submitter makes a submitter; o.Accounts is filled in.
func (r *rig) submitter(o SubmitterOptions) *Submitter {
	r.Helper()
	o.Accounts = r.accounts
	s, err := NewSubmitter(o)
	if err != nil {
		r.Fatal(err)
	}
	return s
}

// group is the first attempt of a mail with this text, its line ends still LF.
func group(from, text string, to ...string) queue.Group {
	g := queue.Group{Mail: mail.Mail{
		ID: mail.NewID(time.Now()), Envelope: mail.Envelope{From: from}, Body: content(strings.ReplaceAll(text, "\n", "\r\n")),
	}}
	for i, address := range to {
		rcpt := mail.Recipient{Address: address}
		g.Mail.Envelope.Recipients = append(g.Mail.Envelope.Recipients, rcpt)
		g.Items = append(g.Items, queue.Item{Recipient: rcpt, Index: i, Attempt: 1})
	}
	return g
}

// inDoubt makes it the attempt after one whose answer was lost.
func inDoubt(g queue.Group) queue.Group {
	items := append([]queue.Item(nil), g.Items...)
	for i := range items {
		items[i].Attempt, items[i].Unknown = 2, true
	}
	g.Items = items
	return g
}

func verdictsOf(out []mail.Outcome) string {
	var words []string
	for _, o := range out {
		words = append(words, o.Verdict.String())
	}
	return strings.Join(words, " ")
}

// problemsWith is the answer of a server that refuses these properties.
func problemsWith(refused ...mapi.Prop) error {
	e := &mapiclient.ProblemsError{Op: "RopSetProperties"}
	for _, p := range refused {
		e.Problems = append(e.Problems, mapiclient.Problem{Prop: p, Code: mapi.ErrAccessDenied})
	}
	return e
}
