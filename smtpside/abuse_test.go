package smtpside

import (
	"context"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// The suites of "make abuse": what attackers send, and what became of it, as tables. A row that says "TAKEN" fails the test.

const taken = "TAKEN"

// lastReply sends all of text at once, as an attacker does, and returns the last reply before the server hung up, QUIT's aside.
func lastReply(t *testing.T, addr, text string) string {
	t.Helper()
	all := replies(t, addr, text)
	return all[len(all)-1]
}

func replies(t *testing.T, addr, text string) []string {
	t.Helper()
	k := dialTalk(t, addr)
	k.conn.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(k.conn, text)
	said := []string{"hung up"}
	for {
		line, err := k.r.ReadString('\n')
		if err != nil {
			return said
		}
		if len(line) > 3 && line[3] != '-' && !strings.HasPrefix(line, "221") {
			said = append(said, strings.TrimSpace(line))
		}
	}
}

// verdictOf says what a smuggling attempt came to.
func verdictOf(t *testing.T, book *notebook) string {
	t.Helper()
	book.mu.Lock()
	defer book.mu.Unlock()
	if len(book.bodies) == 0 {
		return "refused"
	}
	t.Errorf("%d mails were taken: %q", len(book.bodies), book.bodies)
	return taken
}

func TestAbuseSmuggling(t *testing.T) {
	var rows [][]string
	for _, s := range smuggles {
		for _, over := range []string{"DATA", "BDAT", "BDAT cut"} {
			book := &notebook{}
			_, addr := startServer(t, ServerOptions{Backend: book, Trusted: loopback})
			reply := lastReply(t, addr, "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"+smuggleOver(over, s.end))
			if !strings.HasPrefix(reply, "5") {
				t.Errorf("%s over %s: reply %q", s.name, over, reply)
			}
			rows = append(rows, []string{s.name, strconv.Quote(s.end), over, reply, verdictOf(t, book)})
		}
	}
	smtptest.Table(t.Output(), "SMTP smuggling, into us", []string{"end of mail", "octets", "over", "reply", "came to"}, rows)
}

// smuggleOver writes the mail with the smuggled one in it.
func smuggleOver(over, end string) string {
	const inner = "QUIT\r\n"
	outer := "Subject: outer\r\n\r\nx" + end
	switch over {
	case "BDAT":
		return "BDAT " + strconv.Itoa(len(outer)) + " LAST\r\n" + outer + inner
	case "BDAT cut": // between the octets of the wrong line end
		cut := len(outer) - len(end) + 1
		return "BDAT " + strconv.Itoa(cut) + "\r\n" + outer[:cut] + "BDAT " + strconv.Itoa(len(outer)-cut) + " LAST\r\n" + outer[cut:] + inner
	}
	return "DATA\r\n" + outer + smuggled
}

// The legacy profile takes broken line ends, and yet opens no way to smuggle: through it goes one mail.
func TestAbuseSmugglingLegacy(t *testing.T) {
	var rows [][]string
	for _, s := range smuggles {
		if strings.Contains(s.end, "\r\n.\r\n") { // behind a CR that every server overlooks, the one true end
			continue
		}
		book := &notebook{}
		_, addr := startServer(t, ServerOptions{Backend: book, Trusted: loopback, Legacy: true})
		reply := lastReply(t, addr, "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nSubject: outer\r\n\r\nx"+s.end+smuggled+"QUIT\r\n")
		verdict := "one mail"
		if !strings.HasPrefix(reply, "250 2.0.0 queued") || len(book.bodies) != 1 || !strings.Contains(book.body(0), "Subject: smuggled") ||
			strings.Contains(book.all(), "MAIL <evil") {
			verdict = taken
			t.Errorf("%s: reply %q, %d mails, %q", s.name, reply, len(book.bodies), book.bodies)
		}
		rows = append(rows, []string{s.name, strconv.Quote(s.end), reply, verdict})
	}
	smtptest.Table(t.Output(), "SMTP smuggling, into a listener with the legacy profile", []string{"end of mail", "octets", "reply", "came to"}, rows)
}

// octets are those that SMTP does not have (RFC 5321 2.3.8, 4.1.2), wherever a client can put them.
var octets = []struct{ name, octet string }{{"bare CR", "\r"}, {"bare LF", "\n"}, {"NUL", "\x00"}, {"CR NUL", "\r\x00"}, {"CR CR LF", "\r\r\n"}, {"LF CR", "\n\r"}}

// TestAbuseOctets is about single ones, far from any end of mail.
func TestAbuseOctets(t *testing.T) {
	const hello = "EHLO x\r\n"
	places := []struct{ name, before, after string }{
		{"the argument of EHLO", "EHLO x", "y\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"},
		{"a sender", hello + "MAIL FROM:<a", "@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"},
		{"a recipient", hello + "MAIL FROM:<a@b>\r\nRCPT TO:<c", "@d>\r\nDATA\r\n"},
		{"a header", hello + envelopeOctets + "DATA\r\nSubject: x", "y\r\n\r\nz\r\n.\r\n"},
		{"the end of a header", hello + envelopeOctets + "DATA\r\nSubject: x", "\r\n\r\nz\r\n.\r\n"},
		{"a body", hello + envelopeOctets + "DATA\r\nSubject: x\r\n\r\nx", "y\r\n.\r\n"},
	}
	var rows [][]string
	for _, o := range octets {
		for _, place := range places {
			book := &notebook{}
			_, addr := startServer(t, ServerOptions{Backend: book, Trusted: loopback})
			all := replies(t, addr, place.before+o.octet+place.after+"QUIT\r\n")
			refusal := slices.IndexFunc(all, func(reply string) bool { return strings.HasPrefix(reply, "5") })
			if refusal < 0 {
				t.Errorf("%s in %s: %q", o.name, place.name, all)
				continue
			}
			reply := all[refusal]
			rows = append(rows, []string{o.name, place.name, reply, verdictOf(t, book)})
		}
	}
	smtptest.Table(t.Output(), "Octets that SMTP does not have", []string{"octets", "in", "reply", "came to"}, rows)
}

const envelopeOctets = "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"

// What a body could smuggle through us into the next host: it may come from Exchange, or from a listener with the legacy
// profile, with any line ends. It must arrive as one mail.
func TestAbuseSmugglingOut(t *testing.T) {
	var rows [][]string
	for _, s := range smuggles {
		sink := newSink(t, smtptest.Options{})
		sender := newTestSender(t, SenderOptions{})
		job := jobTo(sink.Addr, "a@y.example")
		job.Open = textOf("Subject: outer\r\n\r\nx" + s.end + smuggled)
		got := mustSend(t, sender, job)
		verdict := "one mail"
		if sink.Count() != 1 || !strings.Contains(string(sink.Mails()[0].Raw), "Subject: smuggled") {
			verdict = taken
			t.Errorf("%s: %d mails came out", s.name, sink.Count())
		}
		rows = append(rows, []string{s.name, strconv.Quote(s.end), got[0].Status.Error(), verdict})
	}
	smtptest.Table(t.Output(), "SMTP smuggling, out of us", []string{"end of mail", "octets", "reply", "came to"}, rows)
}

// injections are what a man in the middle can do around STARTTLS (CVE-2011-0411, CVE-2021-33515 and their kin): clear is sent
// before the handshake, secret after it.
var injections = []struct{ name, clear, secret string }{
	{"a command behind STARTTLS", "STARTTLS\r\nRSET\r\n", ""},
	{"a transaction behind STARTTLS", "STARTTLS\r\nMAIL FROM:<evil@x>\r\nRCPT TO:<victim@y>\r\nDATA\r\n", ""},
	{"EHLO and a transaction behind it", "STARTTLS\r\nEHLO evil\r\nMAIL FROM:<evil@x>\r\nRCPT TO:<victim@y>\r\n", ""},
	{"half a command behind it", "STARTTLS\r\nMAIL FROM:<ev", "il@x>\r\n"},
	{"a line end too many", "STARTTLS\r\n\r\n", ""},
	{"STARTTLS twice", "STARTTLS\r\nSTARTTLS\r\n", ""},
	{"STARTTLS with a parameter", "STARTTLS MAIL FROM:<evil@x>\r\n", ""},
	{"STARTTLS ended by LF", "STARTTLS\nMAIL FROM:<evil@x>\r\n", ""},
	{"MAIL before, RCPT after", "MAIL FROM:<evil@x>\r\nRCPT TO:<victim@y>\r\n", "RCPT TO:<victim@y>\r\nDATA\r\n"},
	{"EHLO before, MAIL after", "", "MAIL FROM:<evil@x>\r\n"},
}

func TestAbuseSTARTTLS(t *testing.T) {
	var rows [][]string
	for _, tt := range injections {
		book := &notebook{}
		_, addr := startServer(t, ServerOptions{Backend: book, Mode: TLSStart, TLS: serverTLS(t), Trusted: loopback})
		k := dialTalk(t, addr)
		k.play("S: 220\nC: EHLO x\nS: *")
		var reply string
		if tt.secret != "" && !strings.Contains(tt.clear, "STARTTLS") {
			reply = acrossTLS(k, tt.clear, tt.secret)
		} else {
			io.WriteString(k.conn, tt.clear)
			reply = nextReply(k)
		}
		verdict := "refused"
		if said := book.all(); strings.Contains(said, "evil ") || strings.Contains(said, "ESMTPS\n") && strings.Contains(said, "DATA") ||
			strings.Contains(said, "MAIL <evil@x> ESMTPS") || strings.HasPrefix(reply, "2") {
			verdict = taken
			t.Errorf("%s: reply %q, the backend heard\n%s", tt.name, reply, said)
		}
		rows = append(rows, []string{tt.name, strconv.Quote(tt.clear), strconv.Quote(tt.secret), reply, verdict})
	}
	smtptest.Table(t.Output(), "STARTTLS injection, into us", []string{"attempt", "in clear", "after TLS", "reply", "came to"}, rows)
}

// acrossTLS says something before a proper STARTTLS and something after it; the reply to the latter is returned.
func acrossTLS(k *talk, clear, secret string) string {
	for line := range strings.Lines(clear) {
		k.play("C: " + strings.TrimSpace(line) + "\nS: 250")
	}
	k.play("C: STARTTLS\nS: 220\nTLS")
	io.WriteString(k.conn, secret)
	return nextReply(k)
}

func nextReply(k *talk) string {
	k.conn.SetDeadline(time.Now().Add(5 * time.Second))
	for {
		line, err := k.r.ReadString('\n')
		if err != nil {
			return "hung up"
		}
		if len(line) > 3 && line[3] != '-' {
			return strings.TrimSpace(line)
		}
	}
}

// The same, the other way round: replies that a man in the middle puts behind the 220 of a server that we talk to.
func TestAbuseSTARTTLSOut(t *testing.T) {
	var rows [][]string
	for _, injected := range []string{
		"250-evil.example\r\n250 AUTH PLAIN\r\n", "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n", "\r\n", "x",
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		heard := make(chan string, 1)
		go func() { heard <- middleman(l, injected) }()
		ca, err := testCA()
		if err != nil {
			t.Fatal(err)
		}
		job := jobTo(l.Addr().String(), "a@y.example")
		job.Route.TLS, job.Route.TLSConfig = TLSRequired, ca.Client()
		got := mustSend(t, newTestSender(t, SenderOptions{}), job)
		l.Close()
		verdict := "refused"
		if said := <-heard; got[0].Status.Success() || strings.Contains(said, "MAIL") {
			verdict = taken
			t.Errorf("%q: %v, the server heard %q", injected, got[0], said)
		}
		rows = append(rows, []string{strconv.Quote(injected), got[0].Status.Error(), verdict})
	}
	smtptest.Table(t.Output(), "STARTTLS injection, out of us", []string{"put behind the 220", "outcome", "came to"}, rows)
}

// middleman plays a server up to STARTTLS, puts something behind its 220, and returns all that the client said.
func middleman(l net.Listener, injected string) string {
	conn, err := l.Accept()
	if err != nil {
		return ""
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	io.WriteString(conn, "220 mx.example\r\n")
	var heard strings.Builder
	r := newLineReader(conn)
	for {
		line, err := r.ReadString('\n')
		heard.WriteString(line)
		if err != nil {
			return heard.String()
		}
		switch {
		case strings.HasPrefix(line, "EHLO"):
			io.WriteString(conn, "250-mx.example\r\n250 STARTTLS\r\n")
		case strings.HasPrefix(line, "STARTTLS"):
			io.WriteString(conn, "220 go ahead\r\n"+injected)
		}
	}
}
