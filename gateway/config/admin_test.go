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

func TestTracing(t *testing.T) {
	for text, want := range map[string]string{
		"endpoint: http://127.0.0.1:4318": "", "endpoint: 127.0.0.1:4318": "is no URL", "percent: 101": "from 0 to 100", "percent: 5": "",
	} {
		_, err := parseText(t, "tracing:\n  "+text+"\n")
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s gives %v, want %q", text, err, want)
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

// No secret of any kind is in the summary, and all else is.
func TestSummary(t *testing.T) {
	c, err := parseText(t, `
admin: {tokens: [{name: ops, token: top-secret-01234567890, role: operator}]}
listeners: [{name: a, address: ":25", mode: plain, networks: [10.0.0.0/8, "::1/128"]}]
exchange: [{name: m, autodiscover: a@b.test, user: u, password: top-secret-1, mailbox: a@b.test, timeout: 90s}]
routes: [{to: ["*.x.test"], via: internet}]
internet: {smarthosts: [{name: s, hosts: ["h:25"], user: u, password: top-secret-2}]}
queue: {engine: postgres, url: "postgres://u:top-secret-3@h/d"}
`)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Setting{}
	for _, s := range c.Summary() {
		got[s.Path] = s
		if strings.Contains(s.Value, "top-secret") {
			t.Errorf("%s shows %s", s.Path, s.Value)
		}
	}
	for path, want := range map[string]Setting{
		"admin.tokens[0].token": {Value: "(secret)", Given: true}, "listeners[0].networks": {Value: "10.0.0.0/8, ::1/128", Given: true},
		"exchange[0].timeout": {Value: "1m30s", Given: true}, "queue.lease": {Value: "2m0s"}, "queue.min_free": {Value: "64MiB"},
		"internet.smarthosts[0].password": {Value: "(secret)", Given: true}, "queue.url": {Value: "(secret)", Given: true}, "internet.mta_sts": {Value: "true"},
		"listeners[0].socket_mode": {Value: "0660"}, "routes[0].to": {Value: "*.x.test", Given: true},
	} {
		want.Path = path
		if got[path] != want {
			t.Errorf("%s is %+v, want %+v", path, got[path], want)
		}
	}
}
