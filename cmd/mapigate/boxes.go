package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"

	"github.com/mapigate/mapigate/gateway/demo"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
)

// open opens the box that a place is in, "" being the one that the flags name.
func (f accessFlags) open(ctx context.Context, mailbox string) (box, error) {
	if f.Demo {
		s, err := demo.ReadState()
		if err != nil {
			return nil, err
		}
		if mailbox == "" {
			mailbox = f.demoMailbox()
		}
		if mailbox == "" {
			return nil, usagef("which of the demo's mailboxes? %s, or %s", strings.Join(s.Mailboxes, ", "), internetName)
		}
		return openDemoBox(ctx, s, mailbox)
	}
	if mailbox == internetName {
		return nil, usagef("%s is a part of the demo: add --demo", internetName)
	}
	if f.Config != "" {
		client, err := f.configured(mailbox)
		if err != nil {
			return nil, err
		}
		return openWith(ctx, mailbox, client)
	}
	o, err := f.options(mailbox)
	if err != nil {
		return nil, err
	}
	return openBox(ctx, mailbox, o)
}

// openAll opens every box in question: all of the demo's, or the one mailbox.
func (f accessFlags) openAll(ctx context.Context) ([]box, error) {
	if !f.Demo || f.demoMailbox() != "" {
		b, err := f.open(ctx, "")
		return []box{b}, err
	}
	s, err := demo.ReadState()
	if err != nil {
		return nil, err
	}
	var all []box
	for _, address := range append(s.Mailboxes[:len(s.Mailboxes):len(s.Mailboxes)], internetName) {
		b, err := openDemoBox(ctx, s, address)
		if err != nil {
			closeAll(ctx, all)
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}

// demoMailbox is which of the demo's mailboxes the flags name.
func (f accessFlags) demoMailbox() string {
	if f.Mailbox != "" {
		return f.Mailbox
	}
	return f.User
}

func closeAll(ctx context.Context, all []box) {
	for _, b := range all {
		b.close(ctx)
	}
}

// openDemoBox opens one box of a running demo.
func openDemoBox(ctx context.Context, s *demo.State, address string) (box, error) {
	if address == internetName {
		return internetBox{dir: s.Internet}, nil
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(s.CA))
	b, err := openBox(ctx, address, mapiclient.Options{
		Address:         address,
		AutodiscoverURL: s.AutodiscoverURL,
		Auth:            auth.NewBasic(auth.Credentials{User: address, Password: auth.NewSecret(s.Password)}),
		HTTP:            mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}},
	})
	if err != nil {
		return nil, fmt.Errorf("the demo of process %d: %w", s.PID, err)
	}
	return b, nil
}
