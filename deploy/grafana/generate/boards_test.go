package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/mapigate/mapigate/gateway/metrics"
)

// counted gives the names of all series that a gateway has from its start.
func counted(t *testing.T) map[string]bool {
	t.Helper()
	m := metrics.New("test", metrics.Names{Listeners: []string{"apps"}, Couriers: []string{"internet"}, Groups: []string{"main/folder"}, Exchanges: []string{"main"}})
	families, err := m.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, f := range families {
		names[f.GetName()] = true
		if f.GetType().String() == "HISTOGRAM" {
			names[f.GetName()+"_bucket"], names[f.GetName()+"_sum"], names[f.GetName()+"_count"] = true, true, true
		}
	}
	// Asked of the queue when somebody looks, and of the system where there is /proc.
	for _, name := range []string{"queue_recipients", "queue_oldest_seconds", "queue_disk_free_bytes", "queue_up"} {
		names["mapigate_"+name] = true
	}
	names["process_resident_memory_bytes"], names["process_cpu_seconds_total"] = true, true
	return names
}

// Every query is one that Prometheus takes, and names series that we have.
func TestQueries(t *testing.T) {
	names := counted(t)
	panels, queries := 0, 0
	for _, b := range boards() {
		ours := 0
		for _, p := range b.Panels {
			panels++
			if p.Help == "" {
				t.Errorf("%s: %s does not say what it shows", b.Name, p.Title)
			}
			for _, q := range p.Queries {
				ours++
				checkQuery(t, b.Name+": "+p.Title, q.Expr, names)
			}
		}
		t.Logf("board %-10s %2d panels %2d queries", b.Name, len(b.Panels), ours)
		queries += ours
	}
	t.Logf("boards: %d boards, %d panels, %d queries, all understood", len(boards()), panels, queries)
}

func checkQuery(t *testing.T, where, expr string, names map[string]bool) {
	t.Helper()
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(strings.ReplaceAll(expr, "$instance", ".*"))
	if err != nil {
		t.Errorf("%s: %v in %s", where, err, expr)
		return
	}
	for _, matchers := range parser.ExtractSelectors(parsed) {
		for _, m := range matchers {
			if m.Name == model.MetricNameLabel && !names[m.Value] {
				t.Errorf("%s: there is no metric %s", where, m.Value)
			}
		}
	}
}

// The files that are here are the ones that the generator writes.
func TestFiles(t *testing.T) {
	for _, b := range boards() {
		want, err := b.encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile("../" + b.Name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s.json is not what the generator makes: go run ./deploy/grafana/generate deploy/grafana", b.Name)
		}
	}
}
