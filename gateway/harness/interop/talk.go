package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// A talk is the client of the trials: it says exactly what a trial asks for, which no library does.
type talk struct {
	conn     net.Conn
	in       *bufio.Reader
	keywords []string
}

// A refusal is a reply that is none of success.
type refusal struct {
	code int
	text string
}

func (r refusal) Error() string { return r.text }

func dial(ctx context.Context, addr string) (*talk, error) {
	conn, err := (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &talk{conn: conn, in: bufio.NewReader(conn)}
	if err := conn.SetDeadline(time.Now().Add(2 * patience)); err != nil {
		return nil, err
	}
	if _, err := c.reply(); err != nil {
		return nil, err
	}
	text, err := c.say("EHLO client.test")
	c.keywords = strings.Split(text, "\n")
	return c, err
}

func (c *talk) offers(keyword string) bool {
	for _, k := range c.keywords {
		if word, _, _ := strings.Cut(k, " "); strings.EqualFold(word, keyword) {
			return true
		}
	}
	return false
}

func (c *talk) say(line string) (string, error) {
	if _, err := io.WriteString(c.conn, line+"\r\n"); err != nil {
		return "", err
	}
	return c.reply()
}

// reply reads one, and gives its text without codes.
func (c *talk) reply() (string, error) {
	var text []string
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return "", err
		}
		line = strings.TrimRight(line, "\r\n")
		if len(line) < 3 {
			return "", fmt.Errorf("reply %q", line)
		}
		text = append(text, strings.TrimSpace(line[min(4, len(line)):]))
		if len(line) > 3 && line[3] == '-' {
			continue
		}
		code := 0
		if _, err := fmt.Sscan(line[:3], &code); err != nil || code >= 400 {
			return "", refusal{code, line}
		}
		return strings.Join(text, "\n"), nil
	}
}

func (c *talk) send(from, mailParams string, to []string, domain, rcptParams, message string, chunks bool) error {
	if _, err := c.say(strings.TrimSpace("MAIL FROM:<" + from + "> " + mailParams)); err != nil {
		return err
	}
	for _, box := range to {
		if _, err := c.say(strings.TrimSpace("RCPT TO:<" + box + "@" + domain + "> " + rcptParams)); err != nil {
			return err
		}
	}
	if chunks {
		half := len(message) / 2
		for _, chunk := range []string{fmt.Sprintf("BDAT %d\r\n%s", half, message[:half]), fmt.Sprintf("BDAT %d LAST\r\n%s", len(message)-half, message[half:])} {
			if _, err := io.WriteString(c.conn, chunk); err != nil {
				return err
			}
			if _, err := c.reply(); err != nil {
				return err
			}
		}
		return nil
	}
	if _, err := c.say("DATA"); err != nil {
		return err
	}
	stuffed := strings.ReplaceAll("\r\n"+message, "\r\n.", "\r\n..")[2:]
	if !strings.HasSuffix(stuffed, "\r\n") {
		stuffed += "\r\n"
	}
	_, err := c.say(stuffed + ".")
	return err
}

func (c *talk) close() {
	_, _ = io.WriteString(c.conn, "QUIT\r\n") // the session is over, either way
	c.conn.Close()
}
