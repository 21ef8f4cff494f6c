// Package systemd holds the unit of this folder against what the gateway needs.
package systemd

import (
	"os"
	"strings"
	"testing"
)

// Of a setting that is given several times, systemd adds what each names, or with ~ takes it away again, in the order of the lines; what the
// first says decides the rest. systemd.exec(5), SystemCallFilter=. admin.socket_group needs chown, which is one of @privileged.
func TestUnitLetsTheSocketHaveAGroup(t *testing.T) {
	unit, err := os.ReadFile("mapigate.service")
	if err != nil {
		t.Fatal(err)
	}
	groups := map[string][]string{"@privileged": {"@privileged", "@chown"}, "@system-service": {"@system-service", "@chown"}} // as far as it matters here
	allowed, lines := map[string]bool{}, 0
	for line := range strings.Lines(string(unit)) {
		list, is := strings.CutPrefix(strings.TrimSpace(line), "SystemCallFilter=")
		if !is {
			continue
		}
		lines++
		list, without := strings.CutPrefix(list, "~")
		if lines == 1 && without {
			t.Fatal("the first line takes away: all that no line names is allowed")
		}
		for _, name := range strings.Fields(list) {
			for _, each := range append(groups[name], name) {
				allowed[each] = !without
			}
		}
	}
	for name, want := range map[string]bool{"@system-service": true, "@chown": true, "@privileged": false, "@resources": false} {
		if allowed[name] != want {
			t.Errorf("%s: allowed %v, want %v", name, allowed[name], want)
		}
	}
}
