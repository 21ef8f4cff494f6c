// Command corpus sends every mail of a folder through a whole gateway, from
// SMTP by the queue and the mapping into the test Exchange, and counts what
// became of each. What the strict listener refuses is tried again at one with
// the legacy profile, as an operator would tell its sender to. It fails when a
// mail that was accepted does not arrive.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"net/smtp"
	"net/textproto"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// patience is how long an accepted mail may take to arrive.
const patience = 30 * time.Second

func main() {
	verbose := flag.Bool("v", false, "write the gateway's log to standard error")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: corpus [-v] FOLDER")
		os.Exit(2)
	}
	failed, err := run(flag.Arg(0), *verbose)
	if err != nil {
		fmt.Fprintln(os.Stderr, "corpus:", err)
		os.Exit(1)
	}
	if failed > 0 {
		os.Exit(1)
	}
}

// A world is a test Exchange with a gateway before it.
type world struct {
	mailbox *mapitest.Mailbox
	// strict and legacy are the addresses of the listeners.
	strict, legacy string
	close          func() error
}

const gatewayConfig = `
hostname: gw.example.test
data: %[1]s/data
admin: {address: ""}
listeners:
  - name: strict
    address: "127.0.0.1:0"
    mode: plain
    networks: [127.0.0.0/8]
    limits: {errors: 100000, message_size: 100MiB}
  - name: old
    address: "127.0.0.1:0"
    mode: plain
    legacy: true
    networks: [127.0.0.0/8]
    limits: {errors: 100000, message_size: 100MiB}
exchange:
  - name: main
    url: %[2]s
    user_dn: %[3]s
    user: alice
    password: secret
    ca_file: %[1]s/ca.pem
    mailbox: alice@example.test
    deliver: deposit
routes:
  - {via: exchange}
`

func newWorld(dir string, verbose bool) (*world, error) {
	x, err := mapitest.New(mapitest.Options{})
	if err != nil {
		return nil, err
	}
	alice, err := x.AddUser(mapitest.User{Name: "alice", Address: "alice@example.test", Password: "secret"})
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "ca.pem"), x.CertificatePEM(), 0o600); err != nil {
		return nil, err
	}
	c, err := config.Parse("corpus.yaml", fmt.Appendf(nil, gatewayConfig, dir, alice.URL(), alice.LegacyDN()))
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.DiscardHandler)
	if verbose {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	g, err := gateway.New(c, gateway.Options{Log: log})
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx) }()
	at := g.Addresses()
	return &world{mailbox: alice, strict: at["strict"].String(), legacy: at["old"].String(), close: func() error {
		stop()
		return errors.Join(<-ended, x.Close())
	}}, nil
}

func run(folder string, verbose bool) (failed int, err error) {
	files, err := list(folder)
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "mapigate-corpus-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	w, err := newWorld(dir, verbose)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, w.close()) }()

	accepted := make(map[string]string) // queue id: file
	refused, strictly := 0, 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return 0, err
		}
		var reply *textproto.Error
		id, err := w.send(w.strict, data)
		if errors.As(err, &reply) {
			strict := err
			strictly++
			if id, err = w.send(w.legacy, data); err == nil {
				fmt.Printf("for the legacy profile %s: %v\n", filepath.Base(file), strict)
			}
		}
		switch {
		case errors.As(err, &reply):
			refused++
			fmt.Printf("refused %s: %v\n", filepath.Base(file), err)
		case err != nil:
			failed++
			fmt.Printf("failed %s: %v\n", filepath.Base(file), err)
		default:
			accepted[id] = file
		}
	}
	delivered, missing := w.arrived(accepted)
	for _, file := range missing {
		failed++
		fmt.Printf("failed %s: accepted, but it did not arrive\n", filepath.Base(file))
	}
	fmt.Printf("the strict listener by itself: %d taken, %d refused (%.2f %%); the legacy profile took %d of these\n",
		len(files)-strictly, strictly, 100*float64(strictly)/float64(len(files)), strictly-refused)
	fmt.Printf("corpus: %d delivered, %d refused, %d failed\n", delivered, refused, failed)
	return failed, nil
}

func list(folder string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && !strings.HasPrefix(d.Name(), ".") {
			files = append(files, path)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s has no files", folder)
	}
	return files, err
}

var queued = regexp.MustCompile(`[0-9a-z]{20}`)

// send hands a mail over as an SMTP client does: with CRLF line ends.
func (w *world) send(addr string, data []byte) (id string, err error) {
	c, err := smtp.Dial(addr)
	if err != nil {
		return "", err
	}
	defer c.Close()
	if err := c.Hello("client.example.test"); err != nil {
		return "", err
	}
	if err := c.Mail("sender@example.test"); err != nil {
		return "", err
	}
	if err := c.Rcpt(w.mailbox.Address()); err != nil {
		return "", err
	}
	if err := command(c, 354, "DATA"); err != nil {
		return "", err
	}
	if _, err := c.Text.W.Write(onTheWire(data)); err != nil {
		return "", err
	}
	if err := c.Text.W.Flush(); err != nil {
		return "", err
	}
	_, text, err := c.Text.ReadResponse(250)
	if err != nil {
		return "", err
	}
	if id = queued.FindString(text); id == "" {
		return "", fmt.Errorf("no queue id in %q", text)
	}
	return id, nil
}

func command(c *smtp.Client, code int, line string) error {
	n, err := c.Text.Cmd("%s", line)
	if err != nil {
		return err
	}
	c.Text.StartResponse(n)
	defer c.Text.EndResponse(n)
	_, _, err = c.Text.ReadResponse(code)
	return err
}

// onTheWire makes every line end CRLF (LF, CRLF or CR alone, as most client
// libraries do), doubles leading dots and adds the final dot. RFC 5321 4.5.2
func onTheWire(data []byte) []byte {
	var b bytes.Buffer
	for len(data) > 0 {
		if data[0] == '.' {
			b.WriteByte('.')
		}
		end := bytes.IndexAny(data, "\r\n")
		if end < 0 {
			end = len(data)
		}
		b.Write(data[:end])
		b.WriteString("\r\n")
		data = data[end:]
		if bytes.HasPrefix(data, []byte("\r\n")) {
			data = data[2:]
		} else if len(data) > 0 {
			data = data[1:]
		}
	}
	b.WriteString(".\r\n")
	return b.Bytes()
}

// arrived waits for the accepted mails and gives the files of those that did
// not come.
func (w *world) arrived(accepted map[string]string) (delivered int, missing []string) {
	header := mapi.InternetHeader(mail.IDHeader)
	for deadline := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) {
		found := make(map[string]bool)
		for _, m := range w.mailbox.Messages(mapitest.Inbox) {
			found[header.Get(m.Props)] = true
		}
		delivered, missing = 0, nil
		for id, file := range accepted {
			if found[id] {
				delivered++
			} else {
				missing = append(missing, file)
			}
		}
		if len(missing) == 0 || time.Now().After(deadline) {
			return delivered, missing
		}
	}
}
