package auth

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNotTLS says that credentials would have travelled in the clear.
var ErrNotTLS = errors.New("credentials are sent over TLS only")

// A RejectedError says that the server did not accept a sign-in.
type RejectedError struct {
	// Name is the scheme and the user.
	Name string
	// Host is the server.
	Host string
	// Offered are the schemes the server named in its last answer.
	Offered []string
	// Bound says that the sign-in was bound to the TLS connection.
	Bound bool
	// Reason says what was wrong when it was not plainly the credentials.
	Reason string
}

// Error implements error.
func (e *RejectedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "sign-in to %s with %s was refused", e.Host, e.Name)
	if e.Reason != "" {
		fmt.Fprintf(&b, ": %s", e.Reason)
	}
	if len(e.Offered) > 0 {
		fmt.Fprintf(&b, "; the server offers %s", strings.Join(e.Offered, ", "))
	} else {
		b.WriteString("; the server offers no scheme")
	}
	if e.Reason == "" {
		b.WriteString("; check user and password")
		if e.Bound {
			b.WriteString(", and whether something between us and the server ends TLS: the channel binding of the sign-in does not fit then (Extended Protection)")
		}
	}
	return b.String()
}

// A challenge is one WWW-Authenticate value. RFC 9110 11.6.1
type challenge struct {
	scheme string
	rest   string
}

// parseChallenges splits header values into challenges. A value may hold
// several, separated by commas, which also separate parameters: a new
// challenge is a part that is not name=value.
func parseChallenges(values []string) []challenge {
	var list []challenge
	for _, v := range values {
		for _, part := range splitUnquoted(v) {
			word, rest, _ := strings.Cut(strings.TrimSpace(part), " ")
			rest = strings.TrimSpace(rest)
			if word == "" || strings.Contains(word, "=") || strings.HasPrefix(rest, "=") {
				continue // one more parameter of the challenge before
			}
			list = append(list, challenge{scheme: word, rest: rest})
		}
	}
	return list
}

// splitUnquoted splits at commas outside quoted strings.
func splitUnquoted(s string) []string {
	var parts []string
	quoted, from := false, 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ',' && !quoted:
			parts = append(parts, s[from:i])
			from = i + 1
		}
	}
	return append(parts, s[from:])
}

func schemes(list []challenge) []string {
	var names []string
	for _, c := range list {
		if !has(names, c.scheme) {
			names = append(names, c.scheme)
		}
	}
	return names
}

func has(names []string, scheme string) bool {
	for _, n := range names {
		if strings.EqualFold(n, scheme) {
			return true
		}
	}
	return false
}
