package gateway_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// relay starts a gateway between a listener and a sink; %[1]s in the configuration of the listener is a folder; internet
// is for that part of the configuration.
func relay(t *testing.T, listener string, internet ...string) (*gateway.Gateway, *smtptest.Sink, string) {
	t.Helper()
	return relayTo(t, smtptest.Options{}, listener, internet...)
}

// relayTo is relay to a sink with options.
func relayTo(t *testing.T, options smtptest.Options, listener string, internet ...string) (*gateway.Gateway, *smtptest.Sink, string) {
	t.Helper()
	sink, err := smtptest.NewSink(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sink.Close() })
	dir := t.TempDir()
	text := fmt.Sprintf("hostname: gw.test\ndata: %[1]s/data\nadmin: {address: \"\"}\nlisteners:\n  - {name: in, "+listener+"}\n"+
		"routes: [{via: smarthost/sink}]\ninternet: {smarthosts: [{name: sink, hosts: [\"%[2]s\"], tls: never}]%[3]s}\n", dir, sink.Addr,
		strings.Join(append([]string{""}, internet...), ", "))
	c, err := config.Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	g, err := gateway.New(c, gateway.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return g, sink, dir
}

// speak sends lines and wants each answered with a reply that begins so.
func speak(t *testing.T, conn net.Conn, lines ...[2]string) {
	t.Helper()
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	r := bufio.NewReader(conn)
	for _, line := range lines {
		if line[0] != "" {
			fmt.Fprint(conn, line[0])
		}
		reply := "   -"
		for len(reply) > 3 && reply[3] == '-' {
			var err error
			if reply, err = r.ReadString('\n'); err != nil {
				t.Fatalf("%q: %v", line[0], err)
			}
		}
		if !strings.HasPrefix(reply, line[1]) {
			t.Fatalf("%q: %q, want %s", line[0], reply, line[1])
		}
	}
}

func TestLMTPOverUnixSocket(t *testing.T) {
	_, sink, dir := relay(t, `address: "unix:%[1]s/lmtp", mode: plain, protocol: lmtp, trust_socket: true`)
	conn, err := net.Dial("unix", filepath.Join(dir, "lmtp"))
	if err != nil {
		t.Fatal(err)
	}
	speak(t, conn, [2]string{"", "220"}, [2]string{"LHLO list.test\r\n", "250"}, [2]string{"MAIL FROM:<a@x.test>\r\n", "250"},
		[2]string{"RCPT TO:<b@y.test>\r\n", "250"}, [2]string{"DATA\r\n", "354"}, [2]string{"Subject: s\r\n\r\nx\r\n.\r\n", "250 2.0.0 <b@y.test>"})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	mails, err := sink.WaitFor(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(mails[0].Raw); !strings.Contains(got, "by gw.test with LMTP\r\n") || strings.Join(mails[0].To, " ") != "b@y.test" {
		t.Errorf("to %v:\n%s", mails[0].To, got)
	}
}

// What an old device sends to a listener with the legacy profile arrives as mail that anybody can read.
func TestLegacyListener(t *testing.T) {
	g, sink, _ := relay(t, `address: "127.0.0.1:0", mode: plain, networks: [127.0.0.0/8], legacy: true`)
	conn, err := net.Dial("tcp", g.Addresses()["in"].String())
	if err != nil {
		t.Fatal(err)
	}
	speak(t, conn, [2]string{"", "220"}, [2]string{"MAIL FROM:<scanner>\n", "250"}, [2]string{"RCPT TO:<b@y.test>\n", "250"},
		[2]string{"DATA\n", "354"}, [2]string{"From: scan@x <scan@x.test>\nSubject: Gr\xfc\xdfe\nDate: 2026-02-28 10:11:12\n\nlong " +
			strings.Repeat("word ", 300) + "\n.\n", "250"})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	mails, err := sink.WaitFor(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	got := string(mails[0].Raw)
	for _, want := range []string{
		"X-Mapigate-Repaired: from,\r\n\t8-bit subject,\r\n\tdate\r\n", "From: \"scan@x\" <scan@x.test>\r\n",
		"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n", "X-Original-Date: 2026-02-28 10:11:12\r\n", "Message-ID: <",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	for line := range strings.SplitSeq(got, "\r\n") {
		if len(line) > 998 || strings.ContainsAny(line, "\r\n") {
			t.Errorf("line %q", line)
		}
	}
	if mails[0].From != "scanner@gw.test" {
		t.Errorf("from %s", mails[0].From)
	}
}
