// Command configs reads what "helm template" has printed and holds every mapigate.yaml in it against the gateway's own
// reader. Files of secrets, which only a cluster has, are replaced by values.
package main

import (
	"bytes"
	"fmt"
	"os"
	"regexp"

	"github.com/goccy/go-yaml"

	"github.com/mapigate/mapigate/gateway/config"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: configs RENDERED")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "configs:", err)
		os.Exit(1)
	}
}

// A document is what matters here of a Kubernetes object.
type document struct {
	Kind     string `yaml:"kind"`
	Metadata struct {
		Name string `yaml:"name"`
	} `yaml:"metadata"`
	StringData map[string]string `yaml:"stringData"`
}

// secretFile is a key that names a file below the folders where the chart mounts Secrets.
var secretFile = regexp.MustCompile(`(?m)^(\s*)(url|password|[a-z_]*secret|token)_file: /etc/mapigate/(secrets|postgres)/.*$`)

// stand is a value for each kind of secret that the reader takes.
const stand = "${1}${2}: postgres://mapigate@db.example.org/mapigate"

func run(name string) error {
	rendered, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	found := 0
	for _, part := range bytes.Split(rendered, []byte("\n---")) {
		var d document
		if err := yaml.Unmarshal(part, &d); err != nil {
			return fmt.Errorf("a document is no YAML: %w", err)
		}
		text, ok := d.StringData["mapigate.yaml"]
		if d.Kind != "Secret" || !ok {
			continue
		}
		found++
		if _, err := config.Parse(d.Metadata.Name, secretFile.ReplaceAll([]byte(text), []byte(stand))); err != nil {
			return fmt.Errorf("%s: %w\n%s", d.Metadata.Name, err, text)
		}
	}
	if found == 0 {
		return fmt.Errorf("%s has no Secret with a mapigate.yaml", name)
	}
	fmt.Printf("%d configurations, all taken\n", found)
	return nil
}
