// Package rewrite changes addresses: of senders and recipients, in envelopes and headers, as mail comes in (canonical) and
// as it leaves by SMTP (generic).
//
//  1. A [Table] is a list of rules; the first that fits an address decides, and what it gives is not looked up again.
//  2. Header fields are taken apart as address lists and written anew only when an address in them has changed;
//     all others stay byte for byte. Signatures over a changed field break.
//  3. [Incoming] is everything that is done to mail that comes in: canonical addresses, then catch-all mailboxes for what
//     is left, then blind copies for archives.
package rewrite

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/mapigate/mapigate/gateway/route"
)

// A Rule maps some addresses. The zero Of and In stand for everything.
type Rule struct {
	// Match is an address pattern as routes have them, or a regular expression between slashes, which must fit the whole
	// address and does not care for case.
	Match string
	// To is an address, or a domain that the local part is kept with. With a regular expression it may
	// have $1, $2 and so on.
	To string
	// Of is whose addresses: Senders, Recipients.
	Of Of
	// In is where: Envelopes, Headers.
	In In
}

// Of is a set of roles.
type Of uint8

// Roles of addresses.
const (
	Senders Of = 1 << iota
	Recipients
)

// In is a set of places.
type In uint8

// Places of addresses.
const (
	Envelopes In = 1 << iota
	Headers
)

// A Table is a list of rules, ready for use. A nil Table changes nothing. It is safe for concurrent use.
type Table struct {
	rules []rule
	// exact finds the rules for single addresses, in order; loose are the others.
	exact map[string][]int
	loose []int
}

type rule struct {
	Rule
	pattern route.Pattern
	expr    *regexp.Regexp
}

// maxExpr bounds the length of a regular expression.
const maxExpr = 1000

// NewTable checks rules.
func NewTable(rules []Rule) (*Table, error) {
	t := &Table{exact: map[string][]int{}}
	for i, r := range rules {
		if r.Of == 0 {
			r.Of = Senders | Recipients
		}
		if r.In == 0 {
			r.In = Envelopes | Headers
		}
		c := rule{Rule: r}
		if err := c.compile(); err != nil {
			return nil, err
		}
		t.rules = append(t.rules, c)
		if key, ok := c.single(); ok {
			t.exact[key] = append(t.exact[key], i)
		} else {
			t.loose = append(t.loose, i)
		}
	}
	return t, nil
}

func (r *rule) compile() (err error) {
	if text, ok := strings.CutPrefix(r.Match, "/"); ok && strings.HasSuffix(text, "/") && len(text) > 1 {
		if len(text) > maxExpr {
			return fmt.Errorf("the expression is longer than %d letters", maxExpr)
		}
		if r.expr, err = regexp.Compile("(?i)^(?:" + strings.TrimSuffix(text, "/") + ")$"); err != nil {
			return fmt.Errorf("%s: %w", r.Match, err)
		}
		if !strings.Contains(r.To, "@") {
			return fmt.Errorf("%q is no address: with an expression it must be one", r.To)
		}
		return nil
	}
	if r.pattern, err = route.ParsePattern(r.Match); err != nil {
		return err
	}
	if r.pattern == (route.Pattern{}) {
		return fmt.Errorf("the null sender cannot be rewritten")
	}
	r.To = strings.TrimPrefix(r.To, "@")
	if local, domain, ok := strings.Cut(r.To, "@"); r.To == "" || ok && (local == "" || domain == "") || strings.ContainsAny(r.To, " \t<>,;*") {
		return fmt.Errorf("%q is neither an address nor a domain", r.To)
	}
	return nil
}

// single gives the address that a rule is for, if it is for one.
func (r *rule) single() (string, bool) {
	text := r.pattern.String()
	return text, r.expr == nil && strings.Contains(text, "@") && !strings.Contains(text, "*")
}

// Address gives what becomes of an address. Exactly one role and one place are asked for.
func (t *Table) Address(of Of, in In, address string) (changed string, ok bool) {
	if t == nil || address == "" {
		return address, false
	}
	at := strings.LastIndexByte(address, '@')
	if at <= 0 {
		return address, false
	}
	key := strings.ToLower(address[:at]) + "@" + route.Domain(address[at+1:])
	best := len(t.rules)
	for _, i := range t.exact[key] {
		if t.rules[i].Of&of != 0 && t.rules[i].In&in != 0 {
			best = i
			break
		}
	}
	for _, i := range t.loose {
		if i >= best {
			break
		}
		if r := &t.rules[i]; r.Of&of != 0 && r.In&in != 0 && r.fits(address) {
			best = i
			break
		}
	}
	if best == len(t.rules) {
		return address, false
	}
	changed = t.rules[best].apply(address, at)
	return changed, changed != address
}

func (r *rule) fits(address string) bool {
	if r.expr != nil {
		return r.expr.MatchString(address)
	}
	return r.pattern.Match(address)
}

func (r *rule) apply(address string, at int) string {
	switch {
	case r.expr != nil:
		changed := string(r.expr.ExpandString(nil, r.To, address, r.expr.FindStringSubmatchIndex(address)))
		if i := strings.LastIndexByte(changed, '@'); i <= 0 || i == len(changed)-1 || strings.ContainsAny(changed, " \t\r\n<>") {
			return address // no address has come of it
		}
		return changed
	case strings.Contains(r.To, "@"):
		return r.To
	}
	return address[:at+1] + r.To
}

// Envelope gives what becomes of an address of an envelope.
func (t *Table) Envelope(of Of, address string) string {
	changed, _ := t.Address(of, Envelopes, address)
	return changed
}
