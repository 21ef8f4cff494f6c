package postgres

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/postgres/pgtest"
	"github.com/mapigate/mapigate/gateway/queue/queuetest"
)

// wantedEnv asks for the tests that need a server; make test-postgres sets it.
const wantedEnv = "MAPIGATE_TEST_POSTGRES"

// urlEnv names a server that runs already, beside wantedEnv: any that speaks PostgreSQL's protocol.
const urlEnv = "MAPIGATE_TEST_POSTGRES_URL"

const whySkipped = "needs a PostgreSQL server: run make test-postgres"

// server is the one that all tests of the package share; nil where it is not wanted.
var server *pgtest.Server

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	if at := os.Getenv(urlEnv); at != "" && os.Getenv(wantedEnv) != "" {
		server = pgtest.Attach(at)
	} else if os.Getenv(wantedEnv) != "" {
		var err error
		if server, err = pgtest.Start(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() {
			if err := server.Close(); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}()
	}
	return m.Run()
}

// schema gives the URL of an empty schema.
func schema(t testing.TB) string {
	t.Helper()
	if server == nil {
		t.Skip(whySkipped)
	}
	url, err := server.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return url
}

func open(t testing.TB, opts Options) *Queue {
	t.Helper()
	q, err := Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close() })
	return q
}

func engine() queuetest.Engine {
	return queuetest.Engine{
		Thresholds: []int{chunkSize},
		New: func(t testing.TB, policy queue.Policy, clock func() time.Time) queue.Queue {
			q, err := Open(t.Context(), Options{URL: schema(t), Policy: policy, Clock: clock})
			if err != nil {
				t.Fatal(err)
			}
			return q
		},
	}
}

func TestConformance(t *testing.T) {
	if server == nil {
		t.Skip(whySkipped)
	}
	queuetest.Run(t, engine())
}

func TestMachine(t *testing.T) { queuetest.Machine(t, engine()) }

func plainEntry(to string, size int) queue.Entry {
	_, domain, _ := strings.Cut(to, "@")
	return queue.Entry{
		Mail: mail.Mail{Envelope: mail.Envelope{From: "a@here.test", Recipients: []mail.Recipient{{Address: to}}}},
		Body: strings.NewReader(content(size)),
		Legs: []queue.Leg{{Courier: "out", Destination: domain}},
	}
}

// content is a body of that size.
func content(size int) string {
	const line = "0123456789abcdef\r\n"
	return strings.Repeat(line, size/len(line)+1)[:size]
}
