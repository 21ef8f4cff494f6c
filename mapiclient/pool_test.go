package mapiclient_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"sync"
	"testing"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// However many mailboxes are needed, there are never more sessions than the pool may have.
func TestPoolBoundsSessions(t *testing.T) {
	s := mapitest.NewServer(t)
	var clients []*mapiclient.Client
	for i := range 6 {
		name := fmt.Sprintf("user%d", i)
		box, err := s.AddUser(mapitest.User{Name: name, Address: name + "@example.test", Password: "secret"})
		if err != nil {
			t.Fatal(err)
		}
		c, err := mapiclient.New(mapiclient.Options{
			Endpoint: mapiclient.Endpoint{URL: box.URL(), UserDN: box.LegacyDN()},
			Auth:     auth.NewBasic(auth.Credentials{User: name, Password: auth.NewSecret("secret")}),
			HTTP:     mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: s.CertPool()}},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		clients = append(clients, c)
	}
	pool := mapiclient.NewPool(mapiclient.PoolOptions{Sessions: 3, Each: 2})
	var mu sync.Mutex
	now, most := map[*mapiclient.Client]int{}, map[*mapiclient.Client]int{}
	sessions := func() int {
		return s.Count(mapitest.Request("Connect")) - s.Count(mapitest.Request("Disconnect"))
	}
	var all sync.WaitGroup
	for i := range 60 {
		c := clients[i*i%len(clients)]
		all.Go(func() {
			err := pool.With(t.Context(), c, func(m *mapiclient.Mailbox) error {
				mu.Lock()
				now[c], now[nil] = now[c]+1, now[nil]+1
				most[c], most[nil] = max(most[c], now[c]), max(most[nil], now[nil])
				if n := sessions(); n > 3 {
					t.Errorf("%d sessions on the server", n)
				}
				mu.Unlock()
				err := m.Session().Ping(t.Context())
				mu.Lock()
				now[c], now[nil] = now[c]-1, now[nil]-1
				mu.Unlock()
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if most[nil] > 3 || most[clients[0]] > 2 {
		t.Errorf("at once: %d in all, %d of one mailbox", most[nil], most[clients[0]])
	}
	before := s.Count(mapitest.Request("Connect"))
	for range 5 {
		if err := pool.With(t.Context(), clients[0], func(*mapiclient.Mailbox) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.Count(mapitest.Request("Connect")) - before; n > 1 {
		t.Errorf("%d sessions for one mailbox that is used five times over", n)
	}
	func() {
		defer func() { _ = recover() }()
		_ = pool.With(t.Context(), clients[1], func(*mapiclient.Mailbox) error { panic("of a test") })
	}()
	pool.Close(context.Background())
	if n := sessions(); n != 0 {
		t.Errorf("%d sessions are left behind Close", n)
	}
}
