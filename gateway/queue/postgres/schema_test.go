package postgres

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

func connection(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(t.Context()) })
	return c
}

func script(t *testing.T, c *pgx.Conn, sql string) {
	t.Helper()
	if _, err := c.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatal(err)
	}
}

// A queue of every earlier version is brought up to date with what is in it. Each version has a file in testdata, written
// when it was the newest.
func TestMigrations(t *testing.T) {
	for version := 1; version <= len(migrations); version++ {
		url := schema(t)
		c := connection(t, url)
		if err := migrateTo(t.Context(), c, version); err != nil {
			t.Fatal(err)
		}
		sql, err := os.ReadFile(fmt.Sprintf("testdata/schema%d.sql", version))
		if err != nil {
			t.Fatalf("version %d has no queue to test with: %v", version, err)
		}
		script(t, c, string(sql))
		if _, err := OpenReader(t.Context(), url); (err == nil) != (version == len(migrations)) {
			t.Errorf("version %d: open reader: %v", version, err)
		}
		q := open(t, Options{URL: url})
		checkKept(t, q)
		if v, err := schemaVersion(t.Context(), c); err != nil || v != len(migrations) {
			t.Errorf("after version %d it is %d, %v", version, v, err)
		}
	}
}

// checkKept looks for what the files in testdata hold.
func checkKept(t *testing.T, q *Queue) {
	t.Helper()
	groups := lease(t, q, "w")
	if len(groups) != 1 || groups[0].Mail.Subject != "Grüße" || groups[0].Items[0].Address != "x@one.test" {
		t.Fatalf("leased %+v", groups)
	}
	if body := read(t, q, groups[0].Mail.ID); body != "hello!" {
		t.Errorf("body %q", body)
	}
	if all, _, err := q.Occupied(t.Context(), mail.Source{Name: "apps"}); err != nil || all != 1 {
		t.Errorf("occupied %d, %v", all, err)
	}
	if page, err := q.List(t.Context(), queue.Filter{MessageID: "<1@here.test>"}); err != nil || len(page.Records) != 1 {
		t.Errorf("found %+v, %v", page, err)
	}
	for _, courier := range []string{"", "out"} {
		if page, err := q.List(t.Context(), queue.Filter{Destination: "one.test", Courier: courier, All: true}); err != nil || len(page.Records) != 2 {
			t.Errorf("to the destination: %+v, %v", page, err)
		}
	}
	debts, err := q.Owed(t.Context(), 10)
	if err != nil || len(debts) != 1 || debts[0].Recipients[0].Last.Code != 550 {
		t.Errorf("owed %+v, %v", debts, err)
	}
}

func TestSchemaRefused(t *testing.T) {
	url := schema(t)
	open(t, Options{URL: url}).Close()
	c := connection(t, url)
	script(t, c, "UPDATE meta SET value = 999 WHERE name = 'schema'")
	if _, err := Open(t.Context(), Options{URL: url}); !errors.Is(err, queue.ErrSchema) {
		t.Errorf("a newer schema: %v", err)
	}
	if _, err := OpenReader(t.Context(), url); !errors.Is(err, queue.ErrSchema) {
		t.Errorf("a newer schema, reading: %v", err)
	}
	url = schema(t)
	script(t, connection(t, url), "CREATE TABLE meta (name text, value bigint)")
	if _, err := Open(t.Context(), Options{URL: url}); err == nil || !strings.Contains(err.Error(), "not a queue") {
		t.Errorf("somebody else's tables: %v", err)
	}
	if _, err := OpenReader(t.Context(), schema(t)); err == nil || !strings.Contains(err.Error(), "no queue here") {
		t.Errorf("nothing there, reading: %v", err)
	}
	for _, setting := range []string{"synchronous_commit"} {
		if _, err := Open(t.Context(), Options{URL: schema(t) + "&" + setting + "=off"}); err == nil || !strings.Contains(err.Error(), setting) {
			t.Errorf("%s off: %v", setting, err)
		}
	}
}

// Gateways that start together migrate once.
func TestStartTogether(t *testing.T) {
	url := schema(t)
	errs := make(chan error)
	for range 4 {
		go func() {
			q, err := Open(t.Context(), Options{URL: url, Connections: 4})
			if err == nil {
				err = q.Close()
			}
			errs <- err
		}()
	}
	for range 4 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}
