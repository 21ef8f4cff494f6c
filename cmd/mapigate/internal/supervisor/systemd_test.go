package supervisor

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway"
)

// What systemd hears: ready once, alive again and again, stopping at the end.
func TestSupervisorHears(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	heard, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer heard.Close()
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", strconv.FormatInt((30*time.Millisecond).Microseconds(), 10))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); Tell(ctx, slog.New(slog.DiscardHandler)) }()

	next := hears(t, heard)
	for _, want := range []string{"READY=1", "WATCHDOG=1", "WATCHDOG=1"} {
		if got := next(); got != want {
			t.Errorf("heard %q, want %q", got, want)
		}
	}
	stop()
	for got := next(); got != "STOPPING=1"; got = next() {
		if got != "WATCHDOG=1" {
			t.Fatalf("heard %q before STOPPING=1", got)
		}
	}
	<-ended
}

// What systemd hears of a reload, so that systemctl reload waits for its end.
func TestSupervisorHearsOfReloads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	heard, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer heard.Close()
	t.Setenv("NOTIFY_SOCKET", path)
	ctx, stop := context.WithCancel(t.Context())
	asked, ended := make(chan os.Signal), make(chan struct{})
	results := make(chan error, 1)
	reload := func() (gateway.Change, error) { return gateway.Change{}, <-results }
	go func() { defer close(ended); ReloadWhenAsked(ctx, asked, reload, slog.New(slog.DiscardHandler)) }()
	next := hears(t, heard)
	for result, status := range map[error]string{nil: "was read again", errors.New("bad"): "refused"} {
		asked <- syscall.SIGHUP
		if got := next(); !strings.HasPrefix(got, "RELOADING=1\nMONOTONIC_USEC=") {
			t.Errorf("heard %q", got)
		}
		results <- result
		if got := next(); !strings.HasPrefix(got, "READY=1\nSTATUS=") || !strings.Contains(got, status) {
			t.Errorf("heard %q", got)
		}
	}
	stop()
	<-ended
}

// hears gives what is heard next.
func hears(t *testing.T, heard *net.UnixConn) func() string {
	return func() string {
		buf := make([]byte, 200)
		if err := heard.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := heard.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		return string(buf[:n])
	}
}
