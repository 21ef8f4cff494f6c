package signin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mapigate/mapigate/smtpside"
)

// A directory counts what reaches it, and locks accounts.
type directory struct {
	right  atomic.Value
	asked  atomic.Int32
	failed atomic.Int32
	down   atomic.Bool
}

func (d *directory) Check(_ context.Context, _ *smtpside.Peer, cred smtpside.Credentials) (string, error) {
	d.asked.Add(1)
	time.Sleep(time.Millisecond)
	switch {
	case d.down.Load():
		return "", errors.New("down")
	case cred.Password != d.right.Load():
		d.failed.Add(1)
		return "", smtpside.AuthFailed("")
	}
	return cred.Username, nil
}

func guardedDirectory(t *testing.T, o BansOptions) (*directory, func(addr, name, password string) error) {
	d := &directory{}
	d.right.Store("right")
	bans, err := NewBans(o)
	if err != nil {
		t.Fatal(err)
	}
	c := bans.Guard(d)
	return d, func(addr, name, password string) error {
		_, err := c.Check(context.Background(), &smtpside.Peer{Addr: &net.TCPAddr{IP: net.ParseIP(addr)}}, smtpside.Credentials{Username: name, Password: password})
		return err
	}
}

func TestBansKeepGuessesFromTheDirectory(t *testing.T) {
	now := time.Unix(1e9, 0)
	banned := map[string]int{}
	var mu sync.Mutex
	d, try := guardedDirectory(t, BansOptions{AddressFailures: -1, Clock: func() time.Time { return now }, Banned: func(by string) {
		mu.Lock()
		defer mu.Unlock()
		banned[by]++
	}})
	if err := try("192.0.2.1", "bob", "right"); err != nil {
		t.Fatal(err)
	}
	// A botnet: a hundred guesses from as many places at once.
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			if err := try(fmt.Sprintf("198.51.100.%d", i), "Bob", fmt.Sprint("guess", i)); err == nil {
				t.Error("a wrong password was taken")
			}
		})
	}
	all.Wait()
	if n := d.failed.Load(); n != 4 {
		t.Errorf("the directory saw %d failures, want 4", n)
	}
	if banned["user"] != 96 {
		t.Errorf("banned: %v", banned)
	}
	if err := try("192.0.2.1", "bob", "right"); err != nil {
		t.Errorf("who knows the password: %v", err)
	}
	if err := try("192.0.2.1", "bob", "guess200"); !blames(err) {
		t.Errorf("a right password ends the ban: %v", err)
	}
	now = now.Add(31 * time.Minute)
	if err := try("192.0.2.1", "alice", "wrong"); !blames(err) {
		t.Errorf("somebody else: %v", err)
	}
}

func TestBansOfAnUnknownPassword(t *testing.T) {
	now := time.Unix(1e9, 0)
	d, try := guardedDirectory(t, BansOptions{UserFailures: 2, AddressFailures: 50, Window: time.Minute, Clock: func() time.Time { return now }})
	for range 10 { // a device with an old password
		if err := try("192.0.2.1", "scanner", "old"); !blames(err) {
			t.Error(err)
		}
	}
	if n := d.asked.Load(); n != 1 {
		t.Errorf("asked %d times for one wrong password", n)
	}
	if err := try("192.0.2.1", "scanner", "older"); !blames(err) {
		t.Error(err)
	}
	if err := try("192.0.2.1", "scanner", "right"); err != error(errBanned) {
		t.Errorf("when nobody knows the right one: %v", err)
	}
	now = now.Add(time.Minute)
	if err := try("192.0.2.1", "scanner", "right"); err != nil {
		t.Errorf("after the window: %v", err)
	}
	d.right.Store("new")
	if err := try("192.0.2.1", "scanner", "right"); !blames(err) {
		t.Errorf("changed: %v", err)
	}
	if err := try("192.0.2.1", "scanner", "new"); err != nil {
		t.Errorf("the new one: %v", err)
	}
	d.down.Store(true)
	for range 5 {
		if err := try("192.0.2.1", "scanner", "x"); err == nil || blames(err) || errors.Is(err, errBanned) {
			t.Errorf("directory down: %v", err)
		}
	}
}

func TestBansOfAnAddress(t *testing.T) {
	now := time.Unix(1e9, 0)
	d, try := guardedDirectory(t, BansOptions{AddressFailures: 5, Clock: func() time.Time { return now }})
	for i := range 20 { // the same password for many users
		try("2001:db8::1", fmt.Sprint("user", i), "Spring2026")
	}
	if n := d.failed.Load(); n != 5 {
		t.Errorf("the directory saw %d failures", n)
	}
	if err := try("2001:db8::2", "bob", "right"); err != error(errBanned) {
		t.Errorf("from the same /64: %v", err)
	}
	if err := try("2001:db8:1::2", "bob", "right"); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
	now = now.Add(30 * time.Minute)
	if err := try("2001:db8::2", "bob", "right"); err != nil {
		t.Errorf("after the window: %v", err)
	}
}

func TestBansRememberABoundedNumber(t *testing.T) {
	bans, err := NewBans(BansOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range maxBanEntries + 5000 {
		bans.user(fmt.Sprint(i), nil)
	}
	if n := len(bans.users); n > maxBanEntries {
		t.Errorf("%d users remembered", n)
	}
}
