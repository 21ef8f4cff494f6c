package sendmail

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"os"
	"os/user"
	"strings"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
)

// An outgoingMail is a message that sendmail is to send.
type outgoingMail struct {
	text       []byte
	from       string
	recipients []string
}

// maxMessage bounds a message; the gateway has limits of its own.
const maxMessage = 256 << 20

var errMessageLong = errors.New("message too large")

// readMessage reads a message and finds out whom it is from and for.
func readMessage(in io.Reader, f *flags) (*outgoingMail, error) {
	text, err := readText(in, f.dots)
	if err != nil {
		return nil, &cli.ExitError{Code: dataError, Err: fmt.Errorf("sendmail: %w", err)}
	}
	author := cmp.Or(f.from, whoami())
	m := &outgoingMail{from: author, recipients: f.recipients}
	if f.null {
		m.from = ""
	}
	head, body := cutHead(text)
	if f.headers {
		listed, err := headerRecipients(head)
		if err != nil {
			return nil, &cli.ExitError{Code: dataError, Err: fmt.Errorf("sendmail: recipients in the header: %w", err)}
		}
		m.recipients = append(m.recipients, listed...)
		head = withoutBcc(head)
	}
	if !hasField(head, "from") {
		head = append([]byte("From: "+(&mail.Address{Name: f.name, Address: author}).String()+"\n"), head...)
	}
	m.text = append(head, body...)
	return m, nil
}

// readText reads up to the end, or to a line with a dot alone.
func readText(in io.Reader, dots bool) ([]byte, error) {
	var text []byte
	r := bufio.NewReader(io.LimitReader(in, maxMessage+1))
	for {
		line, err := r.ReadBytes('\n')
		if !dots && strings.TrimRight(string(line), "\r\n") == "." {
			return text, nil
		}
		text = append(text, line...)
		switch {
		case len(text) > maxMessage:
			return nil, errMessageLong
		case errors.Is(err, io.EOF):
			return text, nil
		case err != nil:
			return nil, err
		}
	}
}

// whoami is the address of whoever runs us.
func whoami() string {
	name := "nobody"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	return name + "@" + host
}

// cutHead cuts behind the last field of the header. What does not begin with a field has none.
func cutHead(text []byte) (head, body []byte) {
	at := 0
	for line := range bytes.Lines(text) {
		name, _, field := bytes.Cut(line, []byte(":"))
		folded := at > 0 && (line[0] == ' ' || line[0] == '\t')
		if !folded && (!field || len(name) == 0 || bytes.ContainsAny(name, " \t")) {
			break
		}
		at += len(line)
	}
	head, body = bytes.Clone(text[:at]), text[at:]
	if first, _, _ := bytes.Cut(body, []byte("\n")); len(bytes.TrimSpace(first)) > 0 || len(body) == 0 {
		body = append([]byte("\n"), body...)
	}
	return head, body
}

// headerFields gives the unfolded values of fields, by lower-case name.
func headerFields(head []byte) mail.Header {
	m, err := mail.ReadMessage(bytes.NewReader(append(bytes.Clone(head), '\n')))
	if err != nil {
		return nil
	}
	return m.Header
}

func hasField(head []byte, name string) bool { return headerFields(head).Get(name) != "" }

// headerRecipients gives everybody in To, Cc and Bcc.
func headerRecipients(head []byte) (all []string, err error) {
	fields := headerFields(head)
	for _, name := range []string{"To", "Cc", "Bcc"} {
		for _, value := range fields[name] {
			if strings.TrimSpace(value) == "" {
				continue
			}
			list, err := mail.ParseAddressList(value)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			for _, a := range list {
				all = append(all, a.Address)
			}
		}
	}
	return all, nil
}

// withoutBcc takes out who must not be seen.
func withoutBcc(head []byte) (out []byte) {
	skip := false
	for line := range bytes.Lines(head) {
		if line[0] != ' ' && line[0] != '\t' {
			name, _, _ := bytes.Cut(line, []byte(":"))
			skip = strings.EqualFold(strings.TrimSpace(string(name)), "bcc")
		}
		if !skip {
			out = append(out, line...)
		}
	}
	return out
}
