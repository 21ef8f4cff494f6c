package config

import (
	_ "embed" // for the sample
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

//go:embed sample.yaml
var sample string

// Describe gives a whole configuration file that explains every key and shows its default.
func Describe() string { return sample }

// Load reads a file and checks it. All that is wrong is in the error, each with file and line.
func Load(path string) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	return Parse(path, data)
}

// Parse is Load for what has been read already; name is for errors, and paths in the file are relative to its folder.
func Parse(name string, data []byte) (*Config, error) {
	c := Default()
	c.where = where{file: name, lines: map[string]int{}}
	root, err := parse(name, data)
	if err != nil {
		return nil, err
	}
	d := &decoder{where: &c.where, env: os.LookupEnv}
	if root != nil {
		d.decode(root, "", c)
	}
	if len(d.errs) > 0 {
		return nil, errors.Join(d.errs...)
	}
	c.resolvePaths(filepath.Dir(name))
	if err := c.readSecrets(); err != nil {
		return nil, err
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return c, nil
}

// parse gives the root of the document, or nil when it is empty.
func parse(name string, data []byte) (ast.Node, error) {
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		var e yaml.Error
		if errors.As(err, &e) && e.GetToken() != nil {
			return nil, fmt.Errorf("%s:%d: %s", name, e.GetToken().Position.Line, e.GetMessage())
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var root ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if root != nil {
			return nil, fmt.Errorf("%s:%d: one document only", name, doc.Body.GetToken().Position.Line)
		}
		root = doc.Body
	}
	return root, nil
}

// where knows the file and the lines of what has been read, by path: "listeners[0].mode".
type where struct {
	file  string
	lines map[string]int
}

// errorf makes an error about a path. What is not in the file is placed where the nearest thing around it is.
func (w *where) errorf(path, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	if path != "" {
		err = fmt.Errorf("%s: %w", path, err)
	}
	if w.file == "" {
		return err
	}
	for p := path; ; p = parent(p) {
		if line := w.lines[p]; line > 0 {
			return fmt.Errorf("%s:%d: %w", w.file, line, err)
		}
		if p == "" {
			return fmt.Errorf("%s: %w", w.file, err)
		}
	}
}

// parent is the path of what is around: listeners[0].mode → listeners[0] → listeners → "".
func parent(path string) string {
	if i := strings.LastIndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return ""
}

// resolvePaths makes relative file names relative to the folder of the configuration.
func (c *Config) resolvePaths(dir string) {
	fix := func(path *string) {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(dir, *path)
		}
	}
	fix(&c.Data)
	fix(&c.Queue.URLFile)
	fix(&c.Internet.SRS.SecretFile)
	for _, file := range c.Admin.files() {
		fix(file)
	}
	for i := range c.Listeners {
		for _, file := range c.Listeners[i].files() {
			fix(file)
		}
	}
	for i := range c.Drop {
		fix(&c.Drop[i].Folder)
	}
	for i := range c.Exchange {
		for _, file := range c.Exchange[i].files() {
			fix(file)
		}
	}
	for i := range c.Internet.DKIM {
		fix(&c.Internet.DKIM[i].KeyFile)
	}
	for i := range c.Internet.Smarthosts {
		for _, file := range c.Internet.Smarthosts[i].files() {
			fix(file)
		}
	}
}

// readSecrets reads the files that hold passwords.
func (c *Config) readSecrets() error {
	var errs []error
	read := func(path, name, file string, secret *Secret) {
		if file == "" {
			return
		}
		if *secret != "" {
			errs = append(errs, c.errorf(path+"."+name, "give %s or %s_file, not both", name, name))
			return
		}
		data, err := os.ReadFile(file)
		if err != nil {
			errs = append(errs, c.errorf(path+"."+name+"_file", "%w", err))
			return
		}
		if *secret = Secret(strings.TrimRight(string(data), "\r\n")); *secret == "" {
			errs = append(errs, c.errorf(path+"."+name+"_file", "%s is empty", file))
		}
	}
	c.loginSecrets(read)
	for i := range c.Exchange {
		c.signInSecrets(i, read)
	}
	for i := range c.Internet.Smarthosts {
		s, path := &c.Internet.Smarthosts[i], fmt.Sprintf("internet.smarthosts[%d]", i)
		read(path, "password", s.PasswordFile, &s.Password)
		read(path+".oauth2", "client_secret", s.OAuth2.ClientSecretFile, &s.OAuth2.ClientSecret)
	}
	read("internet.srs", "secret", c.Internet.SRS.SecretFile, &c.Internet.SRS.Secret)
	read("queue", "url", c.Queue.URLFile, &c.Queue.URL)
	c.Admin.secrets(read)
	return errors.Join(errs...)
}
