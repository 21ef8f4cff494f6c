package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/mapigate/mapigate/gateway"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// roleEnv names the role of a process, for tests, whose binary plays roles too.
const roleEnv = "MAPIGATE_TORTURE_ROLE"

// serveGateway is the real gateway, but that its clock can be set: the file named like the configuration, with .clock behind, has the
// microseconds that it is ahead.
func serveGateway(path string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	signal.Ignore(syscall.SIGXFSZ) // a file that may not grow is an error of write, as a full disk is
	c, err := config.Load(path)
	if err != nil {
		return err
	}
	if socket := os.Getenv(diskEnv); socket != "" {
		if err := giveDiskCalls(socket); err != nil {
			return fmt.Errorf("a disk that fails: %w", err)
		}
	}
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	g, err := gateway.New(c, gateway.Options{Log: log, Version: "torture", Clock: func() time.Time { return time.Now().Round(0).Add(ahead(path)) }})
	if err != nil {
		return err
	}
	return g.Run(ctx)
}

// clockSuffix ends the name of the file that sets a gateway's clock.
const clockSuffix = ".clock"

func ahead(path string) time.Duration {
	text, err := os.ReadFile(path + clockSuffix)
	if err != nil {
		return 0
	}
	var n int64
	fmt.Sscan(string(text), &n) // half a number while it is being written is a jump too
	return time.Duration(n) * time.Microsecond
}

// serveSink is the internet: what it takes it writes into a ledger before it answers. The configuration is five lines: address, ledger,
// files of certificate and key, and what ends the names of those that are to be shown.
func serveSink(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) < 5 {
		return errors.New("the sink wants address, ledger, certificate, key and which certificate to show")
	}
	ledger, err := os.OpenFile(lines[1], os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer ledger.Close()
	pair, err := tls.LoadX509KeyPair(lines[2]+lines[4], lines[3]+lines[4])
	if err != nil {
		return err
	}
	s, err := smtptest.NewSink(smtptest.Options{
		Addr: lines[0], Hostname: "localhost", Keep: 1, KeepOctets: 16 << 10,
		TLS: &tls.Config{Certificates: []tls.Certificate{pair}},
		Received: func(m smtptest.Mail) error {
			_, err := fmt.Fprintf(ledger, "%s %d\n", m.MessageID(), m.At.UnixMicro())
			return err
		},
	})
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	<-ctx.Done()
	return s.Close()
}
