// Package route decides who takes a recipient where. The rules are gone through in order; the first that matches
// decides. Sources ask it for every recipient, so that what no rule takes is refused at once and not later.
package route

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// A Via is where a rule leads: "exchange/NAME", "internet", "smarthost/NAME" or "reject".
type Via struct{ Kind, Name string }

// The kinds of Via.
const (
	Exchange  = "exchange"
	Internet  = "internet"
	Smarthost = "smarthost"
	Reject    = "reject"
)

// ParseVia reads a Via. "exchange" alone means the only one; its name is filled in by the configuration.
func ParseVia(text string) (Via, error) {
	kind, name, named := strings.Cut(strings.TrimSpace(text), "/")
	v := Via{Kind: kind, Name: name}
	switch {
	case kind == Exchange && (!named || name != ""), kind == Smarthost && name != "", kind == Internet && !named, kind == Reject && !named:
		return v, nil
	}
	return Via{}, fmt.Errorf("%q is no way: write exchange, exchange/NAME, internet, smarthost/NAME or reject", text)
}

// UnmarshalText reads a Via from a configuration.
func (v *Via) UnmarshalText(b []byte) (err error) {
	*v, err = ParseVia(string(b))
	return err
}

// String gives it as it can be read again.
func (v Via) String() string {
	if v.Name == "" {
		return v.Kind
	}
	return v.Kind + "/" + v.Name
}

// ExchangeCourier is the name of the courier of an organisation.
func ExchangeCourier(name string) string { return Exchange + "/" + name }

// InternetCourier is the name of the courier that does SMTP, to MX hosts and to smarthosts.
const InternetCourier = Internet

// A Rule leads what it matches somewhere. An empty list matches everything.
type Rule struct {
	// Sources are kinds (smtp, outbox, gateway) or names (of a listener, of a mailbox) of mail.Source.
	Sources []string
	From    []Pattern
	To      []Pattern
	Via     Via
	// Text is what a refused client reads.
	Text string
}

func (r *Rule) matches(s mail.Source, from, to string) bool {
	return (len(r.Sources) == 0 || slices.Contains(r.Sources, s.Kind) || slices.Contains(r.Sources, s.Name)) &&
		matchesAny(r.From, from) && matchesAny(r.To, to)
}

func matchesAny(patterns []Pattern, address string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(p Pattern) bool { return p.Match(address) })
}

// A Table is the rules in order.
type Table []Rule

// A Refusal says that no courier takes a recipient; its text is for the sender.
type Refusal struct{ Text string }

func (r *Refusal) Error() string { return r.Text }

// Find gives the leg of a recipient, or a *Refusal.
func (t Table) Find(s mail.Source, from, to string) (queue.Leg, error) {
	for i := range t {
		if r := &t[i]; r.matches(s, from, to) {
			return r.leg(to)
		}
	}
	return queue.Leg{}, &Refusal{"no route to this address"}
}

func (r *Rule) leg(to string) (queue.Leg, error) {
	switch r.Via.Kind {
	case Exchange:
		return queue.Leg{Courier: ExchangeCourier(r.Via.Name), Route: r.Via.String(), Destination: r.Via.Name}, nil
	case Smarthost:
		return queue.Leg{Courier: InternetCourier, Route: r.Via.String(), Destination: r.Via.String()}, nil
	case Internet:
		i := strings.LastIndexByte(to, '@')
		if i < 0 || i == len(to)-1 {
			return queue.Leg{}, &Refusal{"the address has no domain"}
		}
		return queue.Leg{Courier: InternetCourier, Route: Internet, Destination: Domain(to[i+1:])}, nil
	}
	text := r.Text
	if text == "" {
		text = "mail to this address is not accepted"
	}
	return queue.Leg{}, &Refusal{text}
}

// Legs gives the legs of all recipients of an envelope, or the first *Refusal.
func (t Table) Legs(s mail.Source, e mail.Envelope) ([]queue.Leg, error) {
	var legs []queue.Leg
	for _, r := range e.Recipients {
		leg, err := t.Find(s, e.From, r.Address)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.Address, err)
		}
		legs = append(legs, leg)
	}
	return legs, nil
}
