// Package prometheus holds the rules of this folder against Prometheus' own tool and against the metrics that a gateway has.
package prometheus

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/metrics"
	"github.com/mapigate/mapigate/gateway/queue"
)

// The rules are ones that Prometheus takes, and raise what their tests say.
func TestPromtool(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("skipped: promtool is not installed (Debian: prometheus)")
	}
	for _, args := range [][]string{{"check", "rules", "rules.yaml"}, {"test", "rules", "rules_test.yaml"}} {
		said, err := exec.CommandContext(t.Context(), promtool, args...).CombinedOutput()
		if err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, said)
		}
	}
}

// Every metric that a rule is about is one that a gateway has.
func TestMetricsExist(t *testing.T) {
	m := metrics.New("test", metrics.Names{Listeners: []string{"apps"}, Couriers: []string{"internet"}, Groups: []string{"main/folder"}, Exchanges: []string{"main"}})
	m.Queue(func(context.Context) (queue.Stats, error) { return queue.Stats{Free: 1}, nil }, time.Now)
	families, err := m.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, f := range families {
		names[f.GetName()] = true
	}
	rules, err := os.ReadFile("rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	// What has a colon before it is a series that a rule records.
	found := regexp.MustCompile(`[^:\w](mapigate_[a-z_]+)`).FindAllStringSubmatch(string(rules), -1)
	for _, match := range found {
		if !names[match[1]] {
			t.Errorf("the rules speak of %s, which no gateway has", match[1])
		}
	}
	if len(found) < 10 {
		t.Errorf("only %d metrics were found in the rules", len(found))
	}
}
