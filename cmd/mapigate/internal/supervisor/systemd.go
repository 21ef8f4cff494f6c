// Package supervisor speaks with what runs the gateway as a service: systemd, signals, and the service manager of Windows.
package supervisor

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/mapigate/mapigate/gateway"
)

// Tell tells systemd that we serve, until ctx ends, and that we are alive, as often as its watchdog wants to
// hear it: sd_notify(3), sd_watchdog_enabled(3). It does nothing where there is no systemd.
func Tell(ctx context.Context, log *slog.Logger) {
	there, err := daemon.SdNotify(false, daemon.SdNotifyReady)
	if err != nil {
		log.Warn("systemd cannot be told that the gateway is ready", "error", err)
	}
	if !there {
		return
	}
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("the watchdog of systemd is not understood", "error", err)
	}
	beat := make(<-chan time.Time)
	if every > 0 {
		ticker := time.NewTicker(every / 3)
		defer ticker.Stop()
		beat = ticker.C
	}
	for {
		select {
		case <-ctx.Done():
			// The time that stopping takes is bounded by TimeoutStopSec=, not by the watchdog.
			_, _ = daemon.SdNotify(false, daemon.SdNotifyStopping)
			return
		case <-beat:
			_, _ = daemon.SdNotify(false, daemon.SdNotifyWatchdog)
		}
	}
}

// HangUps gives the SIGHUPs that come from now on; without it the first would end the process. stop ends that.
func HangUps() (asked <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	return c, func() { signal.Stop(c) }
}

// ReloadWhenAsked reloads whenever a signal asks for it, until ctx ends, and tells systemd when that began and when it
// is done (Type=notify-reload): sd_notify(3). What came of it is in the log, in the metrics, and in the status line of the service.
func ReloadWhenAsked(ctx context.Context, asked <-chan os.Signal, reload func() (gateway.Change, error), log *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-asked:
		}
		notify(log, daemon.SdNotifyReloading+"\n"+daemon.SdNotifyMonotonicUsec())
		status := "STATUS=serving; the configuration was read again"
		if _, err := reload(); err != nil {
			status = "STATUS=serving; the new configuration was refused, see the log"
		}
		notify(log, daemon.SdNotifyReady+"\n"+status)
	}
}

func notify(log *slog.Logger, state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		log.Warn("systemd cannot be told of a reload", "error", err)
	}
}
