package config

import (
	"strings"

	"github.com/mapigate/mapigate/gateway/route"
)

// SRS says whether mail that is forwarded under a foreign sender leaves under one of ours.
type SRS struct {
	// Domain of the senders that are made; "" makes none.
	Domain string `yaml:"domain"`
	// Own are the addresses that are ours: mail from them, and to them, is not forwarded.
	Own []route.Pattern `yaml:"own"`
	// Secret has one secret or several, apart by blanks or lines: the first makes senders, all of them are believed.
	Secret     Secret `yaml:"secret"`
	SecretFile string `yaml:"secret_file"`
	// Via is how reports go back to who has sent the mail first.
	Via route.Via `yaml:"via"`
}

func (v *validator) srs(path string, s *SRS, c *Config) {
	if s.Domain == "" {
		v.check(s.Secret == "" && len(s.Own) == 0, path+".domain", "is needed with secret and own")
		return
	}
	v.check(!strings.ContainsAny(s.Domain, "@ =*") && strings.Contains(s.Domain, "."), path+".domain", "%q is no domain", s.Domain)
	v.check(len(s.Own) > 0, path+".own", "is needed: the domains whose mail leaves under its own sender")
	secrets := strings.Fields(string(s.Secret))
	v.check(len(secrets) > 0, path+".secret", "secret or secret_file is needed")
	for _, one := range secrets {
		v.check(len(one) >= 16, path+".secret", "must have 16 characters at least: \"openssl rand -base64 24\" makes some")
	}
	v.via(path+".via", &s.Via, c)
}
