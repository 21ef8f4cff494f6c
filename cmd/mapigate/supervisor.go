package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// tellSupervisor tells systemd that we serve, until ctx ends, and that we are alive, as often as its watchdog wants to
// hear it: sd_notify(3), sd_watchdog_enabled(3). It does nothing where there is no systemd.
func tellSupervisor(ctx context.Context, log *slog.Logger) {
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
