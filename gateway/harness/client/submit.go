package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
)

// mailSize is how many characters the text of a mail has; it travels as UTF-16, twice as long.
const mailSize = 4 << 10

// submitAll submits mails through one client.
func submitAll(ctx context.Context, o *options, x *exchange) error {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(x.CA)
	client, err := mapiclient.New(mapiclient.Options{
		Endpoint: mapiclient.Endpoint{URL: x.Mailboxes[0].URL, UserDN: x.Mailboxes[0].DN},
		Auth:     auth.NewBasic(auth.Credentials{User: "mailbox0", Password: auth.NewSecret(password)}),
		HTTP:     mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: roots}, MaxIdle: o.sessions},
	})
	if err != nil {
		return err
	}
	defer client.Close()
	pool := mapiclient.NewPool(mapiclient.PoolOptions{Sessions: o.sessions, Each: o.sessions})
	defer pool.Close(context.WithoutCancel(ctx))
	if err := submit(ctx, client, pool, o.sessions, 4*o.sessions); err != nil { // sessions open, the shape learnt
		return err
	}
	stop, err := x.profileBoth(o.profile)
	if err != nil {
		return err
	}
	server, err := x.ask(order{})
	if err != nil {
		return err
	}
	own, start := cpuTime(), time.Now()
	if err := submit(ctx, client, pool, o.sessions, o.mails); err != nil {
		return err
	}
	took := time.Since(start)
	own = cpuTime() - own
	stop()
	again, err := x.ask(order{})
	if err != nil {
		return err
	}
	rate := float64(o.mails) / took.Seconds()
	aim("mails of 4 KB submitted over TLS", fmt.Sprintf("%.0f/s", rate), rate >= aimMails, fmt.Sprintf("%d/s", aimMails))
	each := func(d time.Duration) string { return (d / time.Duration(o.mails)).Round(time.Microsecond).String() }
	say("processor time of each, client", "%s", each(own))
	say("processor time, test Exchange", "%s", each(again.CPU-server.CPU))
	if again.Sent < o.mails {
		return fmt.Errorf("%d mails were submitted, %d left the server", o.mails, again.Sent)
	}
	return nil
}

func submit(ctx context.Context, client *mapiclient.Client, pool *mapiclient.Pool, sessions, mails int) error {
	var left atomic.Int64
	left.Store(int64(mails))
	errs := make(chan error, sessions)
	var all sync.WaitGroup
	for range sessions {
		all.Go(func() {
			errs <- pool.With(ctx, client, func(m *mapiclient.Mailbox) error {
				for n := left.Add(-1); n >= 0; n = left.Add(-1) {
					if _, err := m.Submit(ctx, message(n), mapiclient.SubmitOptions{}); err != nil {
						return err
					}
				}
				return nil
			})
		})
	}
	all.Wait()
	for range sessions {
		if err := <-errs; err != nil {
			return err
		}
	}
	return nil
}

func message(n int64) *mapi.Message {
	return &mapi.Message{
		Props: mapi.Props{
			mapi.PidTagMessageClass.Of("IPM.Note"), mapi.PidTagSubject.Of(fmt.Sprint("mail ", n)),
			mapi.PidTagBody.Of(strings.Repeat("All work and no play. ", mailSize/22)),
		},
		Recipients: []mapi.Recipient{{Type: mapi.RecipientTo, Props: mapi.Props{
			mapi.PidTagDisplayName.Of("Somebody"), mapi.PidTagAddressType.Of("SMTP"),
			mapi.PidTagEmailAddress.Of("somebody@elsewhere.test"), mapi.PidTagSmtpAddress.Of("somebody@elsewhere.test"),
		}}},
	}
}
