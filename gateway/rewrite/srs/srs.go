// Package srs is the Sender Rewriting Scheme: mail that is forwarded leaves under a sender of ours, which SPF allows us to send as,
// and what is reported to that sender finds its way back to the one before.
//
//  1. user@host becomes SRS0=HHHH=TT=host=user@ours: TT is the day, HHHH proves that we have made it.
//  2. SRS0=…@other, which another forwarder has made, becomes SRS1=HHHH=other==…@ours: a report goes to that forwarder at once, however
//     many there were in between.
//  3. Back, an address counts only with a hash of ours and, where it has a day, for some weeks: nobody can make this an open relay.
//
// The scheme is Meng Weng Wong's and Shevek's (http://www.openspf.org/SRS, "The Sender Rewriting Scheme"), as Mail::SRS and postsrsd have
// it: HMAC-SHA1 over the parts in lower case, in base64, of which the first four characters count.
package srs

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what the scheme has; of the HMAC so little is used that no other would be stronger
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
)

const (
	hashLength = 4
	maxAge     = 21 // days; mail is given up long before
	slots      = 1024
	base32     = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
)

// Options say how senders are rewritten. Domain and Secrets are needed.
type Options struct {
	Domain string // of the senders that are made; mail to it must come here
	// Secrets prove that an address is ours: the first makes them, all of them are believed.
	Secrets []string
	Now     func() time.Time // default time.Now
}

// A Rewriter makes such senders and reads them again. It is safe for concurrent use.
type Rewriter struct{ opts Options }

// New checks the options.
func New(o Options) (*Rewriter, error) {
	if o.Domain == "" || strings.ContainsAny(o.Domain, "@ =") {
		return nil, fmt.Errorf("srs: %q is no domain", o.Domain)
	}
	if len(o.Secrets) == 0 {
		return nil, errors.New("srs: a secret is needed")
	}
	for _, s := range o.Secrets {
		if len(s) < 16 {
			return nil, errors.New("srs: a secret has 16 characters at least")
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Domain = strings.ToLower(o.Domain)
	return &Rewriter{o}, nil
}

// Forward gives the sender under which mail of an address is forwarded. The null sender, and what is ours already, stays.
func (r *Rewriter) Forward(address string) string {
	local, domain, ok := cut(address)
	if !ok || strings.EqualFold(domain, r.opts.Domain) || strings.Contains(domain, "=") { // the last is no domain
		return address
	}
	tag, rest := tagOf(local)
	switch tag {
	case "SRS1": // another forwarder's: the hash is ours from here on
		if _, inner, ok := strings.Cut(rest[1:], "="); ok {
			if host, user, ok := strings.Cut(inner, "="); ok {
				return r.build("SRS1=" + strings.Join([]string{r.hash(0, host, user), host, user}, "="))
			}
		}
	case "SRS0":
		return r.build("SRS1=" + strings.Join([]string{r.hash(0, domain, rest), domain, rest}, "="))
	}
	day := r.day()
	return r.build("SRS0=" + strings.Join([]string{r.hash(0, day, domain, local), day, domain, local}, "="))
}

// Mine tells whether an address is in our domain and looks like a rewritten one.
func (r *Rewriter) Mine(address string) bool {
	local, domain, ok := cut(address)
	if !ok || !strings.EqualFold(domain, r.opts.Domain) {
		return false
	}
	tag, _ := tagOf(local)
	return tag != ""
}

// Why an address is not read.
var (
	ErrForged  = errors.New("this address was not made here")
	ErrExpired = errors.New("this address is too old")
)

// Reverse gives the address that Mine's was made of.
func (r *Rewriter) Reverse(address string) (string, error) {
	local, _, _ := cut(address)
	tag, rest := tagOf(local)
	if tag == "" {
		return "", ErrForged
	}
	parts := strings.SplitN(rest[1:], "=", 4)
	switch {
	case tag == "SRS1":
		if parts = strings.SplitN(rest[1:], "=", 3); len(parts) == 3 && parts[1] != "" && r.ours(parts[0], parts[1:]...) && parts[2] != "" {
			return quote("SRS0"+parts[2]) + "@" + parts[1], nil
		}
	case len(parts) == 4 && parts[2] != "" && parts[3] != "" && r.ours(parts[0], parts[1:]...):
		if !r.fresh(parts[1]) {
			return "", ErrExpired
		}
		return quote(parts[3]) + "@" + parts[2], nil
	}
	return "", ErrForged
}

// hash is what proves some parts, with a secret.
func (r *Rewriter) hash(secret int, parts ...string) string {
	mac := hmac.New(sha1.New, []byte(r.opts.Secrets[secret]))
	for _, p := range parts {
		mac.Write([]byte(lower(p)))
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))[:hashLength]
}

// ours tells whether a hash is one of ours. Its case may have been lost on the way.
func (r *Rewriter) ours(hash string, parts ...string) bool {
	found := false
	for i := range r.opts.Secrets {
		found = hmac.Equal([]byte(lower(hash)), []byte(lower(r.hash(i, parts...)))) || found
	}
	return found
}

// day is the current day in two characters, which come again every 1024 days.
func (r *Rewriter) day() string {
	n := r.opts.Now().Unix() / 86400 % slots
	return string([]byte{base32[n>>5], base32[n&31]})
}

// fresh tells whether a day is not long ago.
func (r *Rewriter) fresh(day string) bool {
	if len(day) != 2 {
		return false
	}
	day = strings.ToUpper(day)
	high, low := strings.IndexByte(base32, day[0]), strings.IndexByte(base32, day[1])
	if high < 0 || low < 0 {
		return false
	}
	age := (r.opts.Now().Unix()/86400 - int64(high<<5|low)) % slots
	return age <= maxAge
}

// build makes an address of ours.
func (r *Rewriter) build(local string) string { return quote(local) + "@" + r.opts.Domain }

// tagOf parts a local part that was rewritten behind the tag; "" is none. The separator may be one of three.
func tagOf(local string) (tag, rest string) {
	if len(local) < 6 || strings.IndexByte("=+-", local[4]) < 0 {
		return "", ""
	}
	switch tag = strings.ToUpper(local[:4]); tag {
	case "SRS0", "SRS1":
		return tag, local[4:]
	}
	return "", ""
}

// cut parts an address; its local part is given without quotes.
func cut(address string) (local, domain string, ok bool) {
	at := strings.LastIndexByte(address, '@')
	if at <= 0 || at == len(address)-1 {
		return "", "", false
	}
	local, domain = address[:at], address[at+1:]
	if inner, quoted := strings.CutPrefix(local, `"`); quoted {
		inner = strings.TrimSuffix(inner, `"`)
		var b strings.Builder
		for i := 0; i < len(inner); i++ {
			if inner[i] == '\\' && i+1 < len(inner) {
				i++
			}
			b.WriteByte(inner[i])
		}
		local = b.String()
	}
	return local, domain, local != ""
}

// quote writes a local part, in quotes where it needs them. RFC 5321 4.1.2
func quote(local string) string {
	plain := !strings.HasPrefix(local, ".") && !strings.HasSuffix(local, ".") && !strings.Contains(local, "..")
	for i := 0; i < len(local) && plain; i++ {
		plain = local[i] > ' ' && local[i] != 0x7F && strings.IndexByte(`()<>[]:;@\,"`, local[i]) < 0
	}
	if plain {
		return local
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(local) + `"`
}

// lower is for ASCII only, as others have it.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
