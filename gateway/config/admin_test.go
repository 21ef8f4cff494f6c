package config

import (
	"strings"
	"testing"
)

func TestAdmin(t *testing.T) {
	const token = "tokens: [{name: ops, token: 0123456789abcdefghij, role: operator}]"
	for text, want := range map[string]string{
		"address: 127.0.0.1:9125":                                                            "",
		`address: "[::1]:9125"`:                                                              "",
		"address: localhost:0":                                                               "",
		"address: :9125":                                                                     "nobody would have to sign in",
		"address: 10.0.0.1:9125\n  plain_http: true":                                         "nobody would have to sign in",
		"address: :9125\n  plain_http: true\n  " + token:                                     "",
		"address: :9125\n  " + token:                                                         "in the clear",
		"address: :9125\n  cert: a\n  key: b\n  " + token:                                    "",
		"address: :9125\n  cert: a\n  " + token:                                              "cert and key belong together",
		"address: :9125\n  plain_http: true\n  anonymous: read-only\n  " + token:             "admin.anonymous: must be nothing",
		"anonymous: admin":                                                                   "not one of",
		"tokens: [{name: ops, token: short}]":                                                "20 characters",
		"tokens: [{token: 0123456789abcdefghij}]":                                            "name: is needed",
		"tokens: [{name: x, token: 0123456789abcdefghij, role: root}]":                       `"root" is not one of`,
		"proxy: {networks: [0.0.0.0/0], operators: [a]}":                                     "whole internet",
		"proxy: {operators: [a]}":                                                            "networks: is needed",
		"proxy: {networks: [10.0.0.0/8]}":                                                    "nobody could do anything",
		"oidc: {issuer: https://i.test, client_id: x, operators: [a]}":                       "admin.url: is needed",
		"url: https://g.test\n  oidc: {issuer: http://i.test, client_id: x, operators: [a]}": "no https URL",
		"url: https://g.test/x":                                                              "no URL of a host",
		"oidc: {client_id: x}":                                                               "issuer: is needed",
	} {
		_, err := parseText(t, "admin:\n  "+text+"\n")
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s\ngives %v, want %q", text, err, want)
		}
	}
}

func TestAdminRoles(t *testing.T) {
	c := Default()
	if got := c.Admin.AnonymousRole(); got != RoleReadOnly {
		t.Errorf("without login %q", got)
	}
	c.Admin.Tokens = []AdminToken{{Name: "x"}}
	if got := c.Admin.AnonymousRole(); got != RoleNothing {
		t.Errorf("with login %q", got)
	}
	c.Data = "/d"
	if got := c.AdminSocket(); got != "/d/admin.sock" {
		t.Errorf("socket %q", got)
	}
	if c.Admin.Socket = NoSocket; c.AdminSocket() != "" {
		t.Errorf("socket %q", c.AdminSocket())
	}
}
