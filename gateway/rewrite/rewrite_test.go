package rewrite

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/route"
)

func table(t *testing.T, rules ...Rule) *Table {
	t.Helper()
	tab, err := NewTable(rules)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func TestAddress(t *testing.T) {
	tab := table(t,
		Rule{Match: "root@*", To: "admin@example.org", Of: Recipients},
		Rule{Match: "Anna@Old.test", To: "a.smith@new.test"},
		Rule{Match: "anna@old.test", To: "never@new.test"},
		Rule{Match: "scan*@old.test", To: "scanner@new.test", Of: Senders, In: Envelopes},
		Rule{Match: "/([a-z]+)[.]([a-z]+)@people[.]test/", To: "$2.$1@new.test"},
		Rule{Match: "/x(.*)@broken[.]test/", To: "$1@"},
		Rule{Match: "old.test", To: "new.test"},
		Rule{Match: "*.lan", To: "@example.org"},
		Rule{Match: "late@old.test", To: "too@late.test"},
	)
	for _, c := range []struct {
		of         Of
		in         In
		from, want string
	}{
		{Recipients, Envelopes, "root@db1.lan", "admin@example.org"},
		{Senders, Envelopes, "root@db1.lan", "root@example.org"},
		{Senders, Headers, "ANNA@old.TEST", "a.smith@new.test"},
		{Senders, Envelopes, "scan-7@old.test", "scanner@new.test"},
		{Senders, Headers, "scan-7@old.test", "scan-7@new.test"},
		{Recipients, Headers, "scan-7@old.test", "scan-7@new.test"},
		{Recipients, Headers, "Bob.Brown@People.test", "Brown.Bob@new.test"},
		{Recipients, Headers, "no.bob.brown@people.test", "no.bob.brown@people.test"},
		{Recipients, Headers, "xa@broken.test", "xa@broken.test"},
		{Recipients, Headers, "late@old.test", "late@new.test"},
		{Recipients, Headers, "A+tag@old.test", "A+tag@new.test"},
		{Recipients, Headers, "a@old.test.evil", "a@old.test.evil"},
		{Recipients, Headers, "postmaster", "postmaster"},
		{Recipients, Headers, "", ""},
	} {
		got, changed := tab.Address(c.of, c.in, c.from)
		if got != c.want || changed != (c.from != c.want) {
			t.Errorf("%s (%d, %d) becomes %s, %v; want %s", c.from, c.of, c.in, got, changed, c.want)
		}
	}
	if got := (*Table)(nil).Envelope(Senders, "a@b.test"); got != "a@b.test" {
		t.Errorf("no table makes it %s", got)
	}
	for _, bad := range []Rule{
		{Match: "", To: "a@b"}, {Match: "a@b", To: ""}, {Match: "a@b", To: "x@"}, {Match: "a@b", To: "x y@z"}, {Match: "<>", To: "a@b"},
		{Match: "/(/", To: "a@b"}, {Match: "/a/", To: "b"}, {Match: "/" + strings.Repeat("a", 2000) + "/", To: "a@b"}, {Match: "a b", To: "a@b"},
	} {
		if _, err := NewTable([]Rule{bad}); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}

// Fields without a changed address stay byte for byte; the others keep names and groups.
func TestHeader(t *testing.T) {
	tab := table(t, Rule{Match: "old.test", To: "new.test"}, Rule{Match: "boss@corp.test", To: "ceo@corp.test", Of: Senders})
	in := "Received: from x by old.test; today\r\n" +
		"FROM : =?utf-8?q?J=C3=B6rg?= <joerg@old.test>\r\n" +
		"To: \"Smith, A.\" <a@old.test>,\r\n\tbob@other.test (Bob), Team: c@old.test, d@x.test;\r\n" +
		"Cc:  boss@corp.test,\r\n  weird   spacing@other.test\r\n" +
		"Reply-To: Boss <boss@corp.test>\r\n" +
		"Subject: a@old.test\r\n" +
		"Bcc: undisclosed-recipients:;\r\n" +
		"no field at all\r\n"
	want := "Received: from x by old.test; today\r\n" +
		"FROM: =?utf-8?B?SsO2cmc=?= <joerg@new.test>\r\n" +
		"To: \"Smith, A.\" <a@new.test>, Bob <bob@other.test>,\r\n Team: c@new.test, d@x.test;\r\n" +
		"Cc:  boss@corp.test,\r\n  weird   spacing@other.test\r\n" +
		"Reply-To: Boss <ceo@corp.test>\r\n" +
		"Subject: a@old.test\r\n" +
		"Bcc: undisclosed-recipients:;\r\n" +
		"no field at all\r\n"
	got := string(tab.Header([]byte(in), false))
	if !strings.EqualFold(unfold(got), unfold(want)) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for line := range strings.SplitSeq(got, "\r\n") {
		if len(line) > 998 {
			t.Errorf("a line of %d", len(line))
		}
	}
	if s := string(table(t, Rule{Match: "old.test", To: "new.test", In: Envelopes}).Header([]byte(in), false)); s != in {
		t.Errorf("a rule for envelopes changes headers:\n%s", s)
	}
}

func unfold(s string) string {
	return strings.NewReplacer("\r\n\t", " ", "\r\n ", " ").Replace(s)
}

func TestBody(t *testing.T) {
	tab := table(t, Rule{Match: "old.test", To: "new.test"})
	for in, want := range map[string]string{
		"To: a@old.test\r\n\r\nTo: a@old.test\r\n": "To: a@new.test\r\n\r\nTo: a@old.test\r\n",
		"To: a@old.test\r\n":                       "To: a@new.test\r\n",
		"To: a@old.test":                           "To: a@new.test\r\n",
		"":                                         "",
		"\r\nTo: a@old.test\r\n":                   "\r\nTo: a@old.test\r\n",
		"X: " + strings.Repeat("x", 40_000) + "\r\nTo: a@old.test\r\n\r\nx": "X: " + strings.Repeat("x", 40_000) + "\r\nTo: a@new.test\r\n\r\nx",
	} {
		r, err := tab.Body(iotest.HalfReader(strings.NewReader(in)), false)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || string(got) != want {
			t.Errorf("%.60q becomes %.60q, %v", in, got, err)
		}
	}
	if _, err := tab.Body(iotest.ErrReader(io.ErrUnexpectedEOF), false); err == nil {
		t.Error("a broken reader is taken for an empty mail")
	}
}

func patterns(t *testing.T, list ...string) (all []route.Pattern) {
	t.Helper()
	for _, s := range list {
		p, err := route.ParsePattern(s)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func TestIncoming(t *testing.T) {
	in := &Incoming{
		Canonical: table(t, Rule{Match: "old.test", To: "new.test"}),
		CatchAlls: []CatchAll{{To: patterns(t, "new.test"), Except: patterns(t, "anna@new.test", "sales*@new.test"), Mailbox: "box@new.test"}},
		Archives: []Archive{
			{Sources: []string{"smtp"}, From: patterns(t, "*@app.test"), Mailbox: "apps@archive.test"},
			{To: patterns(t, "secret.test"), Mailbox: "all@archive.test"},
			{Sources: []string{"outbox"}, Mailbox: "users@archive.test"},
		},
	}
	for address, want := range map[string]mail.Recipient{
		"anna@old.test":    {Address: "anna@new.test", OrigRecipient: "rfc822;anna@old.test"},
		"sales-1@new.test": {Address: "sales-1@new.test"},
		"nobody@old.test":  {Address: "box@new.test", OrigRecipient: "rfc822;nobody@old.test"},
		"jörg@old.test":    {Address: "box@new.test", OrigRecipient: "utf-8;jörg@old.test"},
		"x@else.test":      {Address: "x@else.test"},
	} {
		if got, err := in.Rename(mail.Recipient{Address: address}, nil); got != want || err != nil {
			t.Errorf("%s: %+v, %v, want %+v", address, got, err, want)
		}
	}
	if got, _ := in.Rename(mail.Recipient{Address: "anna@old.test", OrigRecipient: "rfc822;first@x.test"}, nil); got.OrigRecipient != "rfc822;first@x.test" {
		t.Errorf("what the sender said is lost: %+v", got)
	}
	for _, c := range []struct {
		kind, from, to, want string
	}{
		{"smtp", "erp@app.test", "a@x.test", "apps@archive.test"},
		{"smtp", "erp@app.test", "a@secret.test", "apps@archive.test all@archive.test"},
		{"smtp", "erp@app.test", "apps@archive.test", ""},
		{"outbox", "erp@app.test", "a@x.test", "users@archive.test"},
		{"gateway", "", "a@secret.test", ""},
	} {
		m := &mail.Mail{Source: mail.Source{Kind: c.kind}, Envelope: mail.Envelope{From: c.from, Recipients: []mail.Recipient{{Address: c.to}}}}
		var got []string
		for _, r := range in.Copies(m) {
			if got = append(got, r.Address); r.Notify != mail.NotifyNever {
				t.Errorf("%s: failures would be reported to the sender", r.Address)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%+v: copies to %v, want %s", c, got, c.want)
		}
	}
	var none *Incoming
	if none.Sender("a@b") != "a@b" || string(none.Header([]byte("x"), false)) != "x" || none.Copies(&mail.Mail{}) != nil {
		t.Error("nothing changes something")
	}
}

// Where somebody can tell who exists, a catch-all mailbox gets the mail for the others alone; while nobody can tell, nothing is decided.
func TestCatchAllForNobodyAlone(t *testing.T) {
	in := &Incoming{
		Canonical: table(t, Rule{Match: "old.test", To: "new.test"}),
		CatchAlls: []CatchAll{{To: patterns(t, "new.test"), Except: patterns(t, "sales@new.test"), Mailbox: "box@new.test"}},
	}
	down := errors.New("down")
	has := func(address string) (bool, error) {
		if address == "later@new.test" {
			return false, down
		}
		return address == "bert@new.test", nil
	}
	for address, want := range map[string]string{
		"bert@old.test": "bert@new.test", "nobody@new.test": "box@new.test", "sales@new.test": "sales@new.test", "box@new.test": "box@new.test",
		"bert@else.test": "bert@else.test",
	} {
		if got, err := in.Rename(mail.Recipient{Address: address}, has); got.Address != want || err != nil {
			t.Errorf("%s goes to %s, %v, want %s", address, got.Address, err, want)
		}
	}
	if _, err := in.Rename(mail.Recipient{Address: "later@old.test"}, has); !errors.Is(err, down) {
		t.Errorf("nobody can tell: %v", err)
	}
}

// Whatever the header, the rest of it stays, and no line can be smuggled in.
func FuzzHeader(f *testing.F) {
	f.Add("To: a@old.test\r\nSubject: x\r\n")
	f.Add("From: \"a\\\r\n b\" <a@old.test>, =?utf-8?q?x=0D=0AEvil:_1?= <c@old.test>\r\n")
	tab, err := NewTable([]Rule{{Match: "old.test", To: "new.test"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, block string) {
		if strings.Contains(strings.ReplaceAll(block, "\r\n", ""), "\n") || strings.Contains(strings.ReplaceAll(block, "\r\n", ""), "\r") {
			t.Skip("no header with CRLF line ends")
		}
		count := func(s string) (n int) {
			for line := range strings.SplitSeq(strings.TrimSuffix(s, "\r\n"), "\r\n") {
				if line != "" && line[0] != ' ' && line[0] != '\t' {
					n++
				}
			}
			return n
		}
		got := string(tab.Header([]byte(block), true))
		if count(got) > count(block) {
			t.Errorf("%q with %d fields becomes %q with %d", block, count(block), got, count(got))
		}
	})
}
