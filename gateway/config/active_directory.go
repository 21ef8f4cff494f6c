package config

import "net/url"

// ActiveDirectory is the one that tells where Autodiscover answers.
type ActiveDirectory struct {
	URL          string `yaml:"url"`
	Plaintext    bool   `yaml:"plaintext"`
	User         string `yaml:"user"`
	Password     Secret `yaml:"password"`
	PasswordFile string `yaml:"password_file"`
	Base         string `yaml:"base"`
	Site         string `yaml:"site"`
}

func (v *validator) activeDirectory(path string, d *ActiveDirectory, e *Exchange) {
	if d.URL == "" {
		v.check(*d == ActiveDirectory{}, path+".url", "is needed")
		return
	}
	u, err := url.Parse(d.URL)
	v.check(err == nil && u.Host != "" && (u.Scheme == "ldap" || u.Scheme == "ldaps"), path+".url", "%q is no URL: write ldaps://host or ldap://host", d.URL)
	v.check(!d.Plaintext || err == nil && u.Scheme == "ldap", path+".plaintext", "cannot be with ldaps")
	v.check((d.User == "") == (d.Password == ""), path, "user and password (or password_file) belong together")
	v.check(e.Autodiscover != "", path, "is for autodiscover: with url there is nothing to look for")
}
