package queuecmd

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/mapigate/mapigate/gateway/queue/show"
)

// A mailWriter prints mails one after the other.
type mailWriter interface {
	mail(show.Mail) error
	end() error
}

// A jsonWriter prints an array.
type jsonWriter struct {
	out   io.Writer
	begun bool
}

func (w *jsonWriter) mail(m show.Mail) error {
	b, err := json.MarshalIndent(m, "  ", "  ")
	if err != nil {
		return err
	}
	before := ",\n  "
	if !w.begun {
		before, w.begun = "[\n  ", true
	}
	_, err = fmt.Fprintf(w.out, "%s%s", before, b)
	return err
}

func (w *jsonWriter) end() error {
	text := "\n]\n"
	if !w.begun {
		text = "[]\n"
	}
	_, err := io.WriteString(w.out, text)
	return err
}

// A tableWriter prints a line for each recipient.
type tableWriter struct {
	tab   *tabwriter.Writer
	now   time.Time
	mails int
	some  bool // not all of the queue was asked for
}

func (w *tableWriter) mail(m show.Mail) error {
	if w.mails++; w.mails == 1 {
		fmt.Fprintln(w.tab, "ID\tAGE\tSIZE\tFROM\tTO\tSTATE\tTRIES\tNEXT\tLAST ANSWER")
	}
	head := fmt.Sprintf("%s\t%s\t%d\t%s", m.ID, ago(w.now, m.Received), m.Size, sender(m.From))
	for _, r := range m.Recipients {
		next := ""
		if r.Next != nil {
			next = until(w.now, *r.Next)
		}
		fmt.Fprintf(w.tab, "%s\t%s\t%s\t%d\t%s\t%s\n", head, plain(r.Address), r.State, r.Attempts, next, answer(r.Last, 60))
		head = "\t\t\t"
	}
	return nil
}

func (w *tableWriter) end() error {
	switch {
	case w.mails > 0:
	case w.some:
		fmt.Fprintln(w.tab, "No such mail.")
	default:
		fmt.Fprintln(w.tab, "The queue is empty.")
	}
	return w.tab.Flush()
}

func sender(from string) string {
	if from == "" {
		return "<>"
	}
	return plain(from)
}

// answer is what the other side said, cut to n characters.
func answer(o *show.Outcome, n int) string {
	if o == nil {
		return ""
	}
	text := []rune(plain(o.Status + " " + o.Text))
	if len(text) > n {
		return string(text[:n-1]) + "…"
	}
	return string(text)
}

// plain keeps what others wrote from playing tricks with the terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
}

// ago is how long something is past, in the largest unit that says enough.
func ago(now, t time.Time) string {
	d := now.Sub(t).Round(time.Second)
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	case d >= time.Hour:
		return fmt.Sprintf("%dh%dm", d/time.Hour, d%time.Hour/time.Minute)
	case d >= time.Minute:
		return fmt.Sprintf("%dm%ds", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%ds", max(d, 0)/time.Second)
}

func until(now, t time.Time) string {
	if !t.After(now) {
		return "now"
	}
	return "in " + ago(t, now)
}
