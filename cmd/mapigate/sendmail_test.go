package main

import (
	"bufio"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// serverEnv is where the environment says how the gateway is reached.
const serverEnv = "MAPIGATE_SENDMAIL"

func TestSendmail(t *testing.T) {
	sink, err := smtptest.NewSink(smtptest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	t.Setenv(serverEnv, sink.Addr)
	for name, c := range map[string]struct {
		args, stdin, from, to, text string
		code                        int
	}{
		"cron":            {"-i -FCronDaemon -oem -f root@x.test bob@x.test", "Subject: s\n\nx\n.\ny\n", "root@x.test", "bob@x.test", "From: \"CronDaemon\" <root@x.test>\r\nSubject: s\r\n\r\nx\r\n.\r\ny\r\n", 0},
		"php":             {"-t -i -fweb@x.test", "To: A <a@x.test>\nCc: b@x.test,\n c@x.test\nBcc: d@x.test,\n e@x.test\nFrom: f@x.test\n\nx\n", "web@x.test", "a@x.test b@x.test c@x.test d@x.test e@x.test", "To: A <a@x.test>\r\nCc: b@x.test,\r\n c@x.test\r\nFrom: f@x.test\r\n\r\nx\r\n", 0},
		"a dot ends":      {"-f a@x.test b@x.test", "From: a\n\nx\n.\ny\n", "a@x.test", "b@x.test", "From: a\r\n\r\nx\r\n", 0},
		"no header":       {"-f a@x.test b@x.test", "hello: there it is\n", "a@x.test", "b@x.test", "From: <a@x.test>\r\nhello: there it is\r\n\r\n", 0},
		"text only":       {"-f a@x.test b@x.test", "hello there\n", "a@x.test", "b@x.test", "From: <a@x.test>\r\n\r\nhello there\r\n", 0},
		"local recipient": {"-f a@x.test bob", "From: a\n\nx\n", "a@x.test", "bob@x.test", "From: a\r\n\r\nx\r\n", 0},
		"a report":        {"-f <> b@x.test", "From: a\n\nx\n", "", "b@x.test", "From: a\r\n\r\nx\r\n", 0},
		"no recipients":   {"-t", "Subject: s\n\nx\n", "", "", "", cli.Usage},
		"broken To":       {"-t", "To: a@@b\n\nx\n", "", "", "", 65},
		"not supported":   {"-bi", "", "", "", "", cli.Usage},
		"value missing":   {"-f", "", "", "", "", cli.Usage},
	} {
		t.Run(name, func(t *testing.T) {
			before := sink.Count()
			r := runLine(t, c.stdin, append([]string{"sendmail"}, strings.Fields(c.args)...)...)
			if r.code != c.code {
				t.Fatalf("exit code %d, %s", r.code, r.err)
			}
			if c.code != 0 {
				return
			}
			if sink.Count() != before+1 {
				t.Fatal("no mail came")
			}
			m := sink.Mails()[before]
			if m.From != c.from || strings.Join(m.To, " ") != c.to || string(m.Raw) != c.text {
				t.Errorf("from %s to %v:\n%q, want\n%q", m.From, m.To, m.Raw, c.text)
			}
		})
	}
}

func TestSendmailHelp(t *testing.T) {
	if r := runLine(t, "", "sendmail", "--help"); r.code != 0 || !strings.Contains(r.out, "-t ") || !strings.Contains(r.out, serverEnv) || r.err != "" {
		t.Errorf("%+v", r)
	}
}

// A gateway that cannot be reached is told by the code that callers know.
func TestSendmailFailures(t *testing.T) {
	t.Setenv(serverEnv, "unix:"+filepath.Join(t.TempDir(), "nothing"))
	if r := runLine(t, "x\n", "sendmail", "-f", "a@x.test", "b@x.test"); r.code != 75 || !strings.Contains(r.err, "b@x.test: 451 4.4.1") {
		t.Errorf("nobody there: %+v", r)
	}
}

func TestSendmailSession(t *testing.T) {
	path := filepath.Join(t.TempDir(), "smtp")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprint(conn, "220 here\r\n")
		if line, err := bufio.NewReader(conn).ReadString('\n'); err == nil && line == "QUIT\r\n" {
			fmt.Fprint(conn, "221 bye\r\n")
		}
	}()
	t.Setenv(serverEnv, "unix:"+path)
	if r := runLine(t, "QUIT\r\n", "sendmail", "-bs"); r.code != 0 || r.out != "220 here\r\n221 bye\r\n" {
		t.Errorf("%+v", r)
	}
}
