package signin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/semaphore"
)

const (
	maxKeySet     = 1 << 20
	keysFor       = time.Hour        // before they are fetched again
	keysRetry     = time.Minute      // between two fetches because of an unknown id, or after a failure
	keysStaleFor  = 24 * time.Hour   // how long they count when they cannot be fetched again
	keysFetchTime = 10 * time.Second // for one fetch, whoever waits for it
)

// errNoKeys is a fault of ours or the issuer's, and never the client's.
var errNoKeys = errors.New("the keys for tokens cannot be had")

// A keySet is the public keys of an issuer (RFC 7517), fetched when they are needed and kept for a while.
type keySet struct {
	source string
	http   *http.Client
	clock  func() time.Time
	log    *slog.Logger

	turn    *semaphore.Weighted
	keys    []jose.JSONWebKey
	fetched time.Time // successfully
	tried   time.Time
}

// find gives the keys of an id; all of them for a token without one.
func (k *keySet) find(ctx context.Context, id string) ([]jose.JSONWebKey, error) {
	if err := k.turn.Acquire(ctx, 1); err != nil { // also held while fetching: nobody has anything to do without the keys
		return nil, err
	}
	defer k.turn.Release(1)
	now := k.clock()
	found := k.of(id)
	old := now.Sub(k.fetched) >= keysFor
	if (old || len(found) == 0) && now.Sub(k.tried) >= keysRetry {
		k.tried = now
		if err := k.fetch(ctx, now); err != nil {
			k.log.Error("keys for tokens not fetched", "from", k.source, "error", err)
		}
		found = k.of(id)
	}
	if now.Sub(k.fetched) >= keysStaleFor {
		return nil, fmt.Errorf("%w from %s", errNoKeys, k.source)
	}
	return found, nil
}

func (k *keySet) of(id string) (list []jose.JSONWebKey) {
	for _, key := range k.keys {
		if id == "" || key.KeyID == id {
			list = append(list, key)
		}
	}
	return list
}

// fetch reads the keys. Those that are not for signatures, or are secret, are left out.
func (k *keySet) fetch(ctx context.Context, now time.Time) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keysFetchTime)
	defer cancel()
	data, err := k.read(ctx)
	if err != nil {
		return err
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(data, &set); err != nil {
		return err
	}
	var keys []jose.JSONWebKey
	for _, key := range set.Keys {
		if key.Valid() && key.IsPublic() && (key.Use == "" || key.Use == "sig") {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return errors.New("no public key for signatures among them")
	}
	k.keys, k.fetched = keys, now
	return nil
}

func (k *keySet) read(ctx context.Context) ([]byte, error) {
	if !strings.HasPrefix(k.source, "https://") && !strings.HasPrefix(k.source, "http://") {
		f, err := os.Open(k.source)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return io.ReadAll(io.LimitReader(f, maxKeySet))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, k.source, nil)
	if err != nil {
		return nil, err
	}
	resp, err := k.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("answer %s", resp.Status)
	}
	return io.ReadAll(io.LimitReader(resp.Body, maxKeySet))
}
