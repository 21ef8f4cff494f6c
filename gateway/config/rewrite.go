package config

import (
	"fmt"

	"github.com/mapigate/mapigate/gateway/rewrite"
	"github.com/mapigate/mapigate/gateway/route"
)

// Rewrite says which addresses change.
type Rewrite struct {
	Canonical []AddressRule `yaml:"canonical"`
	Generic   []AddressRule `yaml:"generic"`
	CatchAll  []CatchAll    `yaml:"catch_all"`
	Archive   []Archive     `yaml:"archive"`
}

// An AddressRule changes some addresses.
type AddressRule struct {
	Match string   `yaml:"match"`
	To    string   `yaml:"to"`
	Of    []string `yaml:"of"`
	In    []string `yaml:"in"`
}

// A CatchAll is a mailbox for addresses that nobody has.
type CatchAll struct {
	To      []route.Pattern `yaml:"to"`
	Except  []route.Pattern `yaml:"except"`
	Mailbox string          `yaml:"mailbox"`
}

// An Archive gets a blind copy of mail.
type Archive struct {
	Source  []string        `yaml:"source"`
	From    []route.Pattern `yaml:"from"`
	To      []route.Pattern `yaml:"to"`
	Mailbox string          `yaml:"mailbox"`
}

// The words of AddressRule.Of and In.
var (
	roles  = map[string]rewrite.Of{"sender": rewrite.Senders, "recipient": rewrite.Recipients}
	places = map[string]rewrite.In{"envelope": rewrite.Envelopes, "header": rewrite.Headers}
)

// Rules gives a list of rules as package rewrite takes it.
func (Rewrite) Rules(list []AddressRule) (rules []rewrite.Rule) {
	for i := range list {
		rules = append(rules, list[i].rule())
	}
	return rules
}

func (r *AddressRule) rule() rewrite.Rule {
	out := rewrite.Rule{Match: r.Match, To: r.To}
	for _, word := range r.Of {
		out.Of |= roles[word]
	}
	for _, word := range r.In {
		out.In |= places[word]
	}
	return out
}

func (v *validator) rewrite(c *Config) {
	for name, list := range map[string][]AddressRule{"canonical": c.Rewrite.Canonical, "generic": c.Rewrite.Generic} {
		for i := range list {
			v.addressRule(fmt.Sprintf("rewrite.%s[%d]", name, i), &list[i])
		}
	}
	for i, a := range c.Rewrite.CatchAll {
		at := fmt.Sprintf("rewrite.catch_all[%d]", i)
		v.check(len(a.To) > 0, at+".to", "is needed")
		v.mailAddress(at+".mailbox", a.Mailbox)
	}
	for i, a := range c.Rewrite.Archive {
		at := fmt.Sprintf("rewrite.archive[%d]", i)
		v.mailAddress(at+".mailbox", a.Mailbox)
		for n, s := range a.Source {
			v.check(v.isSource(c, s), fmt.Sprintf("%s.source[%d]", at, n), "%q is no source", s)
		}
	}
}

func (v *validator) addressRule(path string, r *AddressRule) {
	for i, word := range r.Of {
		v.oneOf(fmt.Sprintf("%s.of[%d]", path, i), word, "sender", "recipient")
	}
	for i, word := range r.In {
		v.oneOf(fmt.Sprintf("%s.in[%d]", path, i), word, "envelope", "header")
	}
	if _, err := rewrite.NewTable([]rewrite.Rule{r.rule()}); err != nil {
		v.fail(path, "%w", err)
	}
}
