package mapitest

import (
	"maps"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
)

// A Profile is what distinguishes one server from another: its quirks.
type Profile struct {
	// Name is the profile's name in logs.
	Name string
	// ServerApplication is what X-ServerApplication says.
	ServerApplication string

	quirks map[Quirk]bool
}

// newProfile is a profile with the quirks that the table gives it.
func newProfile(name, application string) *Profile {
	p := &Profile{Name: name, ServerApplication: application, quirks: make(map[Quirk]bool)}
	for _, q := range Quirks() {
		for _, has := range q.Profiles {
			if has == name {
				p.quirks[q.Quirk] = true
			}
		}
	}
	return p
}

// Has tells whether the server has a quirk.
func (p *Profile) Has(q Quirk) bool { return p.quirks[q] }

// With is the profile with further quirks.
func (p *Profile) With(quirks ...Quirk) *Profile { return p.but(quirks, true) }

// Without is the profile without some of its quirks.
func (p *Profile) Without(quirks ...Quirk) *Profile { return p.but(quirks, false) }

func (p *Profile) but(quirks []Quirk, has bool) *Profile {
	out := *p
	out.quirks = maps.Clone(p.quirks)
	for _, q := range quirks {
		out.quirks[q] = has
	}
	return &out
}

// Profiles are all servers that can be imitated.
func Profiles() []*Profile { return []*Profile{ExchangeSE(), Exchange2016(), Gromox()} }

// ProfileNamed finds a profile by its name, or gives nil.
func ProfileNamed(name string) *Profile {
	for _, p := range Profiles() {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// ExchangeSE is Exchange Server Subscription Edition, with the spooler
// protocol as its specification has it.
func ExchangeSE() *Profile { return newProfile(nameExchangeSE, "Exchange/15.02.2562.045") }

// Exchange2016 is Exchange Server 2016, as far as Microsoft's own tests of the
// protocols tell of it.
func Exchange2016() *Profile { return newProfile(nameExchange2016, "Exchange/15.01.2507.006") }

// Gromox is gromox 3.10, as far as tests against it have found it to differ
// from Exchange.
func Gromox() *Profile { return newProfile(nameGromox, "Exchange/15.00.0847.4040") }

// has tells whether the server has a quirk.
func (s *Server) has(q Quirk) bool { return s.opts.Profile.Has(q) }

// instead is the code of a server with the quirk, or else the usual one.
func (s *Server) instead(q Quirk, its, usual mapi.ErrorCode) mapi.ErrorCode {
	if s.has(q) {
		return its
	}
	return usual
}

// staleSave says what becomes of saving a message that is gone.
func (p *Profile) staleSave() store.StaleSave {
	switch {
	case p.Has(QuirkStaleSaveLies):
		return store.StaleSaveLies
	case p.Has(QuirkStaleSaveRevives):
		return store.StaleSaveRevives
	}
	return store.StaleSaveFails
}
