// Package access says who may do what over HTTP.
//
//  1. [Guard.Protect] finds out who asks: whoever opened the Unix socket, a bearer token, a session that began with a token or at an
//     OpenID provider, a reverse proxy that names the user, or else nobody in particular.
//  2. Authority that a browser adds by itself (sessions, proxies, being on this machine) is not enough to change anything: such
//     requests must come from our own page (SameSite cookies, Sec-Fetch-Site and Origin, and a token that only the page can
//     read), and, where no cookie is needed, must name a host that nobody else can point here.
//  3. Handlers ask [From] who it is and compare roles.
package access

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// A Role is what somebody may do.
type Role int

// Roles; each may do what those before may.
const (
	Nothing Role = iota
	ReadOnly
	Operator
)

var roleNames = [...]string{Nothing: "nothing", ReadOnly: "read-only", Operator: "operator"}

// String gives the role as the configuration writes it.
func (r Role) String() string { return roleNames[r] }

// ParseRole is the opposite of String.
func ParseRole(name string) (Role, error) {
	if i := slices.Index(roleNames[:], name); i >= 0 {
		return Role(i), nil
	}
	return Nothing, fmt.Errorf("no role is called %q", name)
}

// A Person is who asks.
type Person struct {
	// Name stands in the story of a mail that was changed.
	Name string
	Role Role
	// How the person signed in: "socket", "token", "oidc", "proxy", or "" who did not.
	How string
}

type personKey struct{}

// From gives who asks, behind [Guard.Protect].
func From(ctx context.Context) Person {
	p, _ := ctx.Value(personKey{}).(Person)
	return p
}

func with(ctx context.Context, p Person) context.Context {
	return context.WithValue(ctx, personKey{}, p)
}

// Rights say who is what: names, or groups as @group; "*" is everybody.
type Rights struct{ Operators, ReadOnly []string }

// role gives the highest role of somebody with these names and groups.
func (r Rights) role(names, groups []string) Role {
	fits := func(list []string) bool {
		return slices.ContainsFunc(list, func(who string) bool {
			group, isGroup := strings.CutPrefix(who, "@")
			if isGroup {
				return slices.Contains(groups, group)
			}
			return who == "*" || slices.ContainsFunc(names, func(n string) bool { return n != "" && strings.EqualFold(n, who) })
		})
	}
	switch {
	case fits(r.Operators):
		return Operator
	case fits(r.ReadOnly):
		return ReadOnly
	}
	return Nothing
}
