package ingress

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// The classic ways of asking a server to relay. The listener takes mail of strangers for here.test and gw.test, its routes
// take mail for the whole world: only the policy for strangers stands between.
var relayProbes = []struct{ name, from, to string }{
	{"plain", "<spam@far.test>", "<x@far.test>"},
	{"null sender", "<>", "<x@far.test>"},
	{"sender of ours", "<bob@here.test>", "<x@far.test>"},
	{"sender is our host", "<spam@gw.test>", "<x@far.test>"},
	{"sender localhost", "<spam@localhost>", "<x@far.test>"},
	{"sender without domain", "<postmaster>", "<x@far.test>"},
	{"sender at our address", "<spam@[127.0.0.1]>", "<x@far.test>"},
	{"percent hack", "<spam@far.test>", "<x%far.test@here.test>"},
	{"percent hack, our host", "<spam@far.test>", "<x%far.test@gw.test>"},
	{"percent hack, our address", "<spam@far.test>", "<x%far.test@[127.0.0.1]>"},
	{"percent hack, null sender", "<>", "<x%far.test@here.test>"},
	{"quoted", "<spam@far.test>", `<"x@far.test"@here.test>`},
	{"quoted percent", "<spam@far.test>", `<"x%far.test"@here.test>`},
	{"quoted pair", "<spam@far.test>", `<"x\@far.test"@here.test>`},
	{"quoted, no domain", "<spam@far.test>", `<"x@far.test">`},
	{"quoted, far away", "<spam@far.test>", `<"x@here.test"@far.test>`},
	{"source route", "<spam@far.test>", "<@here.test:x@far.test>"},
	{"source route, two hops", "<spam@far.test>", "<@here.test,@gw.test:x@far.test>"},
	{"source route, our address", "<spam@far.test>", "<@[127.0.0.1]:x@far.test>"},
	{"source route in the local part", "<spam@far.test>", `<"@far.test:x"@here.test>`},
	{"route without @", "<spam@far.test>", "<here.test:x@far.test>"},
	{"bang path", "<spam@far.test>", "<far.test!x>"},
	{"bang path at ours", "<spam@far.test>", "<far.test!x@here.test>"},
	{"bang path through us", "<spam@far.test>", "<here.test!far.test!x>"},
	{"bang and percent", "<spam@far.test>", "<far.test!x%far.test@here.test>"},
	{"two domains", "<spam@far.test>", "<x@far.test@here.test>"},
	{"two domains, reversed", "<spam@far.test>", "<x@here.test@far.test>"},
	{"an open end", "<spam@far.test>", "<x@far.test@>"},
	{"our address", "<spam@far.test>", "<x@[127.0.0.1]>"},
	{"a far address", "<spam@far.test>", "<x@[192.0.2.1]>"},
	{"a far IPv6 address", "<spam@far.test>", "<x@[IPv6:2001:db8::1]>"},
	{"an address without brackets", "<spam@far.test>", "<x@192.0.2.1>"},
	{"a subdomain of ours", "<spam@far.test>", "<x@far.here.test>"},
	{"our name as a prefix", "<spam@far.test>", "<x@here.test.far.test>"},
	{"our name as a suffix", "<spam@far.test>", "<x@farhere.test>"},
	{"dot at the end", "<spam@far.test>", "<x@far.test.>"},
	{"NUL in the domain", "<spam@far.test>", "<x@far.test\x00@here.test>"},
	{"postmaster elsewhere", "<spam@far.test>", "<postmaster@far.test>"},
	{"no brackets", "spam@far.test", "x@far.test"},
	{"words after the path", "<spam@far.test>", "<x@far.test> <bob@here.test>"},
	{"ORCPT of ours", "<spam@far.test>", "<x@far.test> ORCPT=rfc822;bob@here.test"},
	{"AUTH= of ours", "<spam@far.test> AUTH=bob@here.test", "<x@far.test>"},
}

func TestAbuseRelay(t *testing.T) {
	var rows [][]string
	for _, tt := range relayProbes {
		s := newSite(t, nil, withOpen(patterns(t, "here.test", "gw.test")...))
		reply := probe(t, s.addr, tt.from, tt.to)
		page, err := s.q.List(t.Context(), queue.Filter{All: true})
		if err != nil {
			t.Fatal(err)
		}
		verdict := "refused"
		if len(page.Records) > 0 || !strings.HasPrefix(reply, "5") {
			verdict = "TAKEN"
			t.Errorf("%s: MAIL FROM:%s RCPT TO:%q: %s, %d mails in the queue", tt.name, tt.from, tt.to, reply, len(page.Records))
		}
		rows = append(rows, []string{tt.name, tt.from, strings.ReplaceAll(tt.to, "\x00", `\0`), reply, verdict})
	}
	smtptest.Table(t.Output(), "Relaying for strangers", []string{"attempt", "MAIL FROM:", "RCPT TO:", "reply", "came to"}, rows)
}

// probe sends one mail without waiting, and returns the first refusal; or the reply to the mail, if there is none.
func probe(t *testing.T, addr, from, to string) string {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	r := bufio.NewReader(conn)
	for _, line := range []string{"", "EHLO spam.test", "MAIL FROM:" + from, "RCPT TO:" + to, "DATA", "Subject: buy\r\n\r\nbuy\r\n."} {
		if line != "" {
			fmt.Fprintf(conn, "%s\r\n", line)
		}
		reply := ""
		for reply == "" || len(reply) > 3 && reply[3] == '-' {
			if reply, err = r.ReadString('\n'); err != nil {
				return "hung up: " + err.Error()
			}
		}
		if reply[0] >= '4' {
			return strings.TrimSpace(reply)
		}
		if strings.HasPrefix(line, "Subject") {
			return strings.TrimSpace(reply)
		}
	}
	return ""
}

// Whoever may relay may write to any address that is one.
func TestRoutingOfKnown(t *testing.T) {
	newSite(t, loopback(), nil).talk("> MAIL FROM:<a@b.test>\n250\n> RCPT TO:<50%off!@far.test>\n250\n> RCPT TO:<\"a b\"@far.test>\n250")
}
