package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"sync"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/cmd/mapigate/internal/supervisor"
	"github.com/mapigate/mapigate/gateway"
	"github.com/mapigate/mapigate/gateway/config"
)

type serveCommand struct {
	Config string `short:"c" default:"mapigate.yaml" placeholder:"FILE" help:"Configuration file."`
	cli.TraceFlag
}

// Run runs the gateway until it is told to stop.
func (c serveCommand) Run(ctx context.Context, std cli.Streams) error {
	asked, stop := supervisor.HangUps()
	defer stop()
	loaded, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	level := new(slog.LevelVar)
	log, err := newLog(loaded.Log, level, std)
	if err != nil {
		return err
	}
	warn(loaded, log)
	see, err := c.OpenTrace()
	if err != nil {
		return err
	}
	g, err := gateway.New(loaded, gateway.Options{
		Log: log, Level: level, Trace: see, Version: versionOf(buildInfo()), Load: func() (*config.Config, error) { return c.load(log) },
	})
	if err != nil {
		return err
	}
	collectEarly()
	log.Info("serving", "config", c.Config, "hostname", loaded.Hostname)
	return supervisor.AsService(ctx, func(ctx context.Context) error {
		serving, over := context.WithCancel(ctx)
		var told sync.WaitGroup
		told.Go(func() { supervisor.Tell(serving, log) })
		told.Go(func() { supervisor.ReloadWhenAsked(serving, asked, g.Reload, log) })
		defer told.Wait()
		defer over()
		return g.Run(ctx)
	})
}

// collectEarly trades a little time for memory, unless the environment says how it is to be: a gateway often shares its machine with
// others, and most of what it has in memory are bodies on their way, which cost the collector nothing to look at.
func collectEarly() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(50)
	}
}

// load reads the configuration again.
func (c serveCommand) load(log *slog.Logger) (*config.Config, error) {
	loaded, err := config.Load(c.Config)
	if err == nil {
		warn(loaded, log)
	}
	return loaded, err
}

func warn(c *config.Config, log *slog.Logger) {
	for _, text := range c.Warnings() {
		log.Warn("risky setting", "setting", text)
	}
}

// newLog makes the log that a configuration asks for, on standard error. What sets level later changes what is logged.
func newLog(c config.Log, level *slog.LevelVar, std cli.Streams) (*slog.Logger, error) {
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		return nil, fmt.Errorf("log.level: %w", err)
	}
	opts := &slog.HandlerOptions{Level: level, ReplaceAttr: msgIsTheMail}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(std.Err, opts)), nil
	}
	return slog.New(slog.NewTextHandler(std.Err, opts)), nil
}

// msgIsTheMail keeps the name msg for the id of the mail that a line is about, which follows it across both sides; what
// happened is called event instead.
func msgIsTheMail(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.MessageKey && a.Value.Kind() == slog.KindString {
		a.Key = "event"
	}
	return a
}
