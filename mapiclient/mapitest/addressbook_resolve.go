package mapitest

import (
	"slices"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/nspi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// resolveNames looks names up as people type them. [MS-OXNSPI] 3.1.4.1.17
func (s *Server) resolveNames(_ *request, body *nspi.ResolveNamesRequest) (wire.Coder, *nspi.Status) {
	resp := &nspi.ResolveNamesResponse{}
	if body.Stat == nil || body.Names == nil {
		resp.ErrorCode = mapi.ErrInvalidParameter
		return resp, &resp.Status
	}
	resp.CodePage = body.Stat.CodePage
	resp.MIDs = []nspi.MID{}
	var found []*account
	for _, name := range body.Names {
		a, mid := s.resolve(name)
		if a != nil {
			found = append(found, a)
		}
		resp.MIDs = append(resp.MIDs, mid)
	}
	resp.Table = addressTable(found, body.Tags, false)
	return resp, &resp.Status
}

// resolve finds the one listed user that a name means.
func (s *Server) resolve(name string) (*account, nspi.MID) {
	exact := strings.HasPrefix(name, "=")
	name = strings.ToLower(strings.TrimPrefix(name, "="))
	if len(name) > 5 && strings.EqualFold(name[:5], "smtp:") {
		name = name[5:]
	}
	if a := s.directory.find(name); a != nil && !a.Hidden && (strings.ContainsAny(name, "@/") || exact) {
		return a, nspi.Resolved
	}
	var match []*account
	for _, a := range s.listed() {
		if strings.EqualFold(a.DisplayName, name) {
			return a, nspi.Resolved
		}
		if name != "" && !exact && ambiguous(a, name) {
			match = append(match, a)
		}
	}
	switch {
	case len(match) == 1:
		return match[0], nspi.Resolved
	case len(match) > 1, s.has(QuirkUnknownAmbiguous):
		return nil, nspi.Ambiguous
	}
	return nil, nspi.Unresolved
}

// ambiguous tells whether the name begins one of the user's names.
func ambiguous(a *account, name string) bool {
	names := append(strings.Fields(a.DisplayName), a.DisplayName, a.Name, a.Address)
	return slices.ContainsFunc(append(names, a.Aliases...), func(s string) bool {
		return strings.HasPrefix(strings.ToLower(s), name)
	})
}
