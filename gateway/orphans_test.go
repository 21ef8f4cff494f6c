package gateway_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/mapigate/mapigate/gateway"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// A lockedBuffer takes the log of many at once.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// An exchange that gets another name leaves the mail that waits for it: the reload says so, health does as long as it waits, and the
// old name gets it going.
func TestReloadRenamesAnExchange(t *testing.T) {
	w := newReloadWorld(t)
	var said lockedBuffer
	w.start(w.calm(), gateway.Options{Log: slog.New(slog.NewTextHandler(&said, nil))})
	away := w.exchange.Faults().Add(mapitest.Fault{At: mapitest.AnyRequest(), HTTPStatus: 503, Times: -1})
	if err := w.send(w.dial("plain"), "Before the reload", "alice@example.test"); err != nil {
		t.Fatal(err)
	}
	w.eventually("it was tried", func() bool {
		page, err := w.gateway.Queue().List(t.Context(), queue.Filter{})
		return err == nil && len(page.Records) == 1 && page.Records[0].Recipients[0].Attempts > 0
	})
	w.apply(w.with("name: main", "name: other", "exchange: main", "exchange: other", "exchange/main", "exchange/other"))
	w.eventually("the log says that it waits", func() bool {
		return strings.Contains(said.String(), "mail waits for a courier that the configuration does not have") && strings.Contains(said.String(), "courier=exchange/main")
	})
	w.eventually("health says so", func() bool {
		return strings.Contains(w.readiness(), "FAIL mail for exchange/main: exchange/main is not in the configuration any more; recipients that wait: 1")
	})
	away.Remove() // not before: the old courier might still send it
	w.apply(w.calm())
	w.eventually("health says so no longer", func() bool { return !strings.Contains(w.readiness(), "mail for exchange/main") })
}

func (w *reloadWorld) readiness() string {
	w.Helper()
	resp, err := http.Get("http://" + w.gateway.Admin().String() + "/readyz")
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.Fatal(err)
	}
	return string(text)
}
