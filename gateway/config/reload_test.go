package config

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const reloadable = `
hostname: %NAME%
data: %DATA%
admin: {address: "%ADMIN%", tokens: [{name: x, token_file: token}]}
listeners:
  - {name: apps, address: "127.0.0.1:25", cert: cert.pem, key: key.pem, users: users}
internet: {dkim: [{domain: a.test, selector: s, key_file: dkim.pem}]}
queue: {min_memory: %MEMORY%, connections: %CONNECTIONS%}
`

func TestKeepFixed(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "token"), []byte(strings.Repeat("x", 30)), 0o600); err != nil {
		t.Fatal(err)
	}
	read := func(pairs ...string) *Config {
		c, err := Parse(filepath.Join(dir, "mapigate.yaml"), []byte(strings.NewReplacer(pairs...).Replace(reloadable)))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	old := read("%NAME%", "a.test", "%DATA%", "/a", "%ADMIN%", "127.0.0.1:1", "%MEMORY%", "1MiB", "%CONNECTIONS%", "5")
	c := read("%NAME%", "b.test", "%DATA%", "/b", "%ADMIN%", "127.0.0.1:2", "%MEMORY%", "2MiB", "%CONNECTIONS%", "5")
	if kept := c.KeepFixed(old); !slices.Equal(kept, []string{"data", "admin.address"}) {
		t.Errorf("kept %v", kept)
	}
	if c.Data != "/a" || c.Admin.Address != "127.0.0.1:1" || c.Hostname != "b.test" || c.Queue.MinMemory != 2<<20 {
		t.Errorf("%+v", c)
	}
	if kept := c.KeepFixed(old); kept != nil {
		t.Errorf("kept %v of what is the same", kept)
	}
	var want []string
	for _, name := range []string{"mapigate.yaml", "token", "cert.pem", "key.pem", "users", "dkim.pem"} {
		want = append(want, filepath.Join(dir, name))
	}
	if files := c.Files(); !slices.Equal(files, want) {
		t.Errorf("files %v", files)
	}
}

// Every setting that ends in _file, or is a certificate or key, is looked at; what the gateway writes itself is not.
func TestFilesAreAll(t *testing.T) {
	c := &Config{Listeners: make([]Listener, 1), Exchange: make([]Exchange, 1), Admin: Admin{Tokens: make([]AdminToken, 1)},
		Internet: Internet{DKIM: make([]DKIM, 1), Smarthosts: make([]Smarthost, 1)}}
	var want []string
	fillFiles(reflect.ValueOf(c).Elem(), "", func(path string) {
		if !strings.HasSuffix(path, "oauth2.token_file") {
			want = append(want, path)
		}
	})
	got := c.Files()
	for _, path := range want {
		if !slices.Contains(got, path) {
			t.Errorf("%s is not looked at", path)
		}
	}
	if len(want) < 15 {
		t.Errorf("only %d settings were found", len(want))
	}
}

// fillFiles sets every name of a file to the path of its setting.
func fillFiles(v reflect.Value, path string, found func(string)) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if key := v.Type().Field(i).Tag.Get("yaml"); key != "" {
				fillFiles(v.Field(i), strings.TrimPrefix(path+"."+key, "."), found)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			fillFiles(v.Index(i), path, found)
		}
	case reflect.String:
		name := path[strings.LastIndexByte(path, '.')+1:]
		if strings.HasSuffix(name, "_file") || slices.Contains([]string{"cert", "key", "certificate", "client_certificate", "client_key", "client_ca", "users", "keytab"}, name) {
			v.SetString(path)
			found(path)
		}
	}
}

// A setting that is called fixed is one of the sample.
func TestFixedSettingsExist(t *testing.T) {
	keys := keysOf(reflect.TypeOf(Config{}), "")
	for _, path := range FixedSettings() {
		if !slices.Contains(keys, path) {
			t.Errorf("%s is no setting", path)
		}
	}
}

func TestContents(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	missing := Contents([]string{name})
	if err := os.WriteFile(name, []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	one := Contents([]string{name})
	if err := os.WriteFile(name, []byte("two"), 0o600); err != nil {
		t.Fatal(err)
	}
	two := Contents([]string{name})
	if missing == one || one == two || two != Contents([]string{name}) {
		t.Error(missing, one, two)
	}
}
