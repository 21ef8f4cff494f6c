package exchange

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// realAccounts opens the mailbox of the server that MAPI_TEST_URL names, whatever mailbox is asked for.
func realAccounts(t *testing.T) (accounts *Accounts, address string) {
	t.Helper()
	url, user := os.Getenv("MAPI_TEST_URL"), os.Getenv("MAPI_TEST_USER")
	if url == "" || user == "" {
		t.Skip("MAPI_TEST_URL and MAPI_TEST_USER name no server")
	}
	config := realTLS(t)
	accounts = NewAccounts(func(string) (*mapiclient.Client, error) {
		return mapiclient.New(mapiclient.Options{
			Endpoint: mapiclient.Endpoint{URL: url, UserDN: os.Getenv("MAPI_TEST_USER_DN")}, Address: user,
			Auth: auth.NewBasic(auth.Credentials{User: user, Password: auth.NewSecret(os.Getenv("MAPI_TEST_PASSWORD"))}),
			HTTP: mapihttp.LaneConfig{TLS: config},
		})
	}, 0)
	t.Cleanup(func() { accounts.Close(context.Background()) })
	return accounts, user
}

func realTLS(t *testing.T) *tls.Config {
	t.Helper()
	config := &tls.Config{}
	if file := os.Getenv("MAPI_TEST_CA"); file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		config.RootCAs = x509.NewCertPool()
		config.RootCAs.AppendCertsFromPEM(pem)
	}
	return config
}

// An address that nobody has, at a server that is not ours.
func TestRealDepositForNobody(t *testing.T) {
	url, user := os.Getenv("MAPI_TEST_AUTODISCOVER_URL"), os.Getenv("MAPI_TEST_USER")
	if url == "" || user == "" {
		t.Skip("MAPI_TEST_AUTODISCOVER_URL and MAPI_TEST_USER name no server")
	}
	config := realTLS(t)
	accounts := NewAccounts(func(address string) (*mapiclient.Client, error) {
		return mapiclient.New(mapiclient.Options{
			Address: address, AutodiscoverURL: url, HTTP: mapihttp.LaneConfig{TLS: config},
			Auth: auth.NewBasic(auth.Credentials{User: user, Password: auth.NewSecret(os.Getenv("MAPI_TEST_PASSWORD"))}),
		})
	}, 0)
	t.Cleanup(func() { accounts.Close(context.Background()) })
	d, err := NewDepositor(DepositorOptions{Accounts: accounts})
	if err != nil {
		t.Fatal(err)
	}
	_, domain, _ := strings.Cut(user, "@")
	g := group("erp@app.test", note, "nobody-has-this@"+domain)
	g.Items[0].Attempt = sureAt
	if o := d.Deliver(t.Context(), g)[0]; o.Verdict != mail.Failed || o.Code != 550 || o.Detail != "1.1" {
		t.Errorf("%+v", o)
	}
	if o := d.Deliver(t.Context(), group("erp@app.test", note, user))[0]; o.Verdict != mail.Delivered {
		t.Errorf("%s: %+v", user, o)
	}
}

// What the couriers take for granted is asked of a server that is not ours.
func TestRealServer(t *testing.T) {
	accounts, address := realAccounts(t)
	s, err := NewSubmitter(SubmitterOptions{Accounts: accounts, Fallback: address, MaxRecipients: 2})
	if err != nil {
		t.Fatal(err)
	}
	to := []string{"one@elsewhere.example", "two@elsewhere.example", "three@elsewhere.example"}
	text := "From: " + address + "\nTo: one@elsewhere.example\nMessage-ID: <original@app.example>\nSubject: from the couriers' test\n\nHello.\n"
	g := group(address, text, to...)
	for i, o := range s.Deliver(t.Context(), g) {
		if o.Verdict != mail.Delivered {
			t.Fatalf("recipient %d: %v %s %s", i, o.Verdict, o.Status(), o.Text)
		}
		if !strings.HasPrefix(o.RemoteID, "<") || !strings.HasSuffix(o.RemoteID, ">") {
			t.Errorf("recipient %d: no Message-ID was read back, but %q", i, o.RemoteID)
		}
		t.Logf("recipient %d: %s; %s", i, o.RemoteID, o.Text)
	}
	// In doubt, the copies tell that all was sent; what was not sent is sent once.
	again := inDoubt(g)
	for i, o := range s.Deliver(t.Context(), again) {
		if o.Verdict != mail.Delivered || !strings.Contains(o.Text, "earlier try") {
			t.Errorf("recipient %d in doubt: %v %s", i, o.Verdict, o.Text)
		}
	}
	other := inDoubt(group(address, text, to[0]))
	if o := s.Deliver(t.Context(), other)[0]; o.Verdict != mail.Delivered || strings.Contains(o.Text, "earlier try") {
		t.Errorf("never sent, but in doubt: %v %s", o.Verdict, o.Text)
	}
	acc, err := accounts.account(address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := acc.with(t.Context(), func(m *mapiclient.Mailbox) {
		t.Logf("the store takes messages of %d bytes", acc.limits.size(t.Context(), m, time.Now()))
		checkUnmarked(t, m, acc)
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := accounts.Tidy(t.Context(), address, time.Now().Add(LedgerKeep+time.Minute), time.Time{}); err != nil {
		t.Errorf("tidying up: %v", err)
	}
	if o := s.Deliver(t.Context(), inDoubt(group(address, text, to[0])))[0]; o.Verdict != mail.Delivered {
		t.Errorf("after tidying up: %v %s", o.Verdict, o.Text)
	}
}

// checkUnmarked looks for sent copies that say they are drafts: such a message would be deleted when its user sends it again.
func checkUnmarked(t *testing.T, m *mapiclient.Mailbox, acc *account) {
	t.Helper()
	folder, err := acc.ledger.folder(t.Context(), m)
	if err != nil {
		t.Error(err)
		return
	}
	mark, err := m.Tag(t.Context(), draftMark.PropertyName, draftMark.Type)
	if err != nil {
		t.Error(err)
		return
	}
	copies, err := m.Messages(t.Context(), folder, mapiclient.Query{})
	if err != nil || len(copies) == 0 {
		t.Errorf("%d sent copies, %v", len(copies), err)
	}
	marked, err := m.Messages(t.Context(), folder, mapiclient.Query{Where: mapi.ExistRestriction{Tag: mark}})
	if err != nil || len(marked) > 0 {
		t.Errorf("%d of %d sent copies are marked as drafts, %v", len(marked), len(copies), err)
	}
}

// A deposited message shows its header's recipients and is no draft.
func TestRealDeposit(t *testing.T) {
	accounts, address := realAccounts(t)
	d, err := NewDepositor(DepositorOptions{Accounts: accounts})
	if err != nil {
		t.Fatal(err)
	}
	g := group("erp@app.example", "From: Erp <erp@app.example>\nTo: Zoe <zoe@elsewhere.example>\nCc: "+address+"\nSubject: deposited by the couriers' test\n\nHello.\n", address)
	if o := d.Deliver(t.Context(), g)[0]; o.Verdict != mail.Delivered {
		t.Fatalf("%v %s %s", o.Verdict, o.Status(), o.Text)
	}
	if o := d.Deliver(t.Context(), inDoubt(g))[0]; o.Verdict != mail.Delivered || !strings.Contains(o.Text, "earlier try") {
		t.Errorf("in doubt: %v %s", o.Verdict, o.Text)
	}
	acc, err := accounts.account(address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := acc.with(t.Context(), func(m *mapiclient.Mailbox) {
		inbox := m.SpecialFolder(rop.FolderInbox)
		id, err := m.Tag(t.Context(), idHeader.PropertyName, mapi.PtypString)
		if err != nil {
			t.Error(err)
			return
		}
		rows, err := m.Messages(t.Context(), inbox, mapiclient.Query{
			Columns: []mapi.PropTag{mapi.PidTagDisplayTo.Tag(), mapi.PidTagDisplayCc.Tag(), mapi.PidTagMessageFlags.Tag(), mapi.PidTagMessageCcMe.Tag(), mapi.PidTagReceivedBySmtpAddress.Tag()},
			Where:   mapi.Equal(mapi.Prop{Tag: id, Value: string(g.Mail.ID)}),
		})
		if err != nil || len(rows) != 1 {
			t.Errorf("%d messages, %v", len(rows), err)
			return
		}
		p := rows[0].Props
		if mapi.PidTagDisplayTo.Get(p) != "Zoe" || mapi.PidTagDisplayCc.Get(p) == "" || mapi.PidTagMessageFlags.Get(p)&mapi.MfUnsent != 0 || !mapi.PidTagMessageCcMe.Get(p) {
			t.Errorf("the copy reads %v", p)
		}
		if err := m.Delete(t.Context(), inbox, rows[0].ID); err != nil {
			t.Error(err)
		}
	}); err != nil {
		t.Fatal(err)
	}
}
