package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// roleExchange is the test Exchange, whose mailboxes are on the disk. Its configuration is a folder.
const roleExchange = "exchange"

// What lies in that folder.
const (
	inboxFile     = "inbox.txt"   // what has arrived in the Inbox: id there, Message-ID, microseconds
	factsFile     = "facts.json"  // how clients reach it
	authorityPEM  = "ca.pem"      //
	orderSocket   = "orders"      // takes orders over HTTP
	exchangeState = "state"       // the mailboxes
	addressFile   = "address.txt" // where to listen
)

const recipient = "alice@example.test"

// facts are how the gateway reaches its mailbox.
type facts struct{ URL, DN string }

// serveExchange is Exchange until it is killed.
func serveExchange(folder string) error {
	addr, err := os.ReadFile(filepath.Join(folder, addressFile))
	if err != nil {
		return err
	}
	orders := filepath.Join(folder, orderSocket)
	if err := os.Remove(orders); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	// A server forgets the sessions of a client that has died after a quarter of an hour. Here it dies
	// every few seconds, which the usual limit of 32 sessions is not meant for.
	x, err := mapitest.New(mapitest.Options{
		Addr: string(addr), StateDir: filepath.Join(folder, exchangeState), Limits: mapitest.Limits{Sessions: 10000},
		Users: []mapitest.User{
			{Name: "robot", Address: "robot@example.test", Password: "secret"}, {Name: "alice", Address: recipient, Password: "secret"},
		},
	})
	if err != nil {
		return err
	}
	defer x.Close()
	said, err := json.Marshal(facts{x.Mailbox("robot").URL(), x.Mailbox("robot").LegacyDN()})
	if err != nil {
		return err
	}
	err = errors.Join(os.WriteFile(filepath.Join(folder, authorityPEM), x.CertificatePEM(), 0o600),
		os.WriteFile(filepath.Join(folder, factsFile), said, 0o600))
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	l, err := net.Listen("unix", orders)
	if err != nil {
		return err
	}
	s := &http.Server{Handler: obey(x)}
	context.AfterFunc(ctx, func() { s.Close() })
	failed := make(chan error, 1)
	go func() { failed <- tellInbox(ctx, x.Mailbox("alice"), filepath.Join(folder, inboxFile)) }() // ends with ctx, or fails
	err = s.Serve(l)
	stop()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return errors.Join(err, <-failed)
}

// tellInbox writes down what is in the Inbox, all of it in each life.
func tellInbox(ctx context.Context, box *mapitest.Mailbox, path string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	seen := map[mapi.MessageID]bool{}
	for ctx.Err() == nil {
		begun := time.Now()
		for _, m := range box.Messages(mapitest.Inbox) {
			if seen[m.ID] {
				continue
			}
			seen[m.ID] = true
			at := mapi.PidTagMessageDeliveryTime.Get(m.Props)
			if _, err := fmt.Fprintf(f, "%v %s %d\n", m.ID, mapi.PidTagInternetMessageId.Get(m.Props), at.UnixMicro()); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(max(200*time.Millisecond, 10*time.Since(begun))): // looking must not be all that it does
		}
	}
	return nil
}

// obey takes orders: to save a message in the Outbox, as a user's client does, and to misbehave.
func obey(x *mapitest.Server) http.Handler {
	orders := http.NewServeMux()
	order := func(name string, do func(r *http.Request) error) {
		orders.HandleFunc("POST /"+name, func(w http.ResponseWriter, r *http.Request) {
			if err := do(r); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		})
	}
	number := func(r *http.Request, name string) int {
		n, _ := strconv.Atoi(r.FormValue(name)) // ours alone write them
		return n
	}
	order("save", func(r *http.Request) error { return save(x.Mailbox("robot"), r.FormValue("id"), r.FormValue("to")) })
	order("forget", func(*http.Request) error { x.ExpireSessions(""); return nil })
	order("lose", func(r *http.Request) error {
		x.Faults().Add(mapitest.Fault{At: mapitest.Request("Execute"), Nth: number(r, "nth"), Times: number(r, "times"), DropAnswer: true})
		return nil
	})
	order("refuse", func(r *http.Request) error {
		f := x.Faults().Add(mapitest.Fault{At: mapitest.AnyRequest(), Times: -1, HTTPStatus: http.StatusUnauthorized})
		time.AfterFunc(time.Duration(number(r, "ms"))*time.Millisecond, f.Remove)
		return nil
	})
	return orders
}

func save(box *mapitest.Mailbox, id, to string) error {
	entryID, err := mapi.EntryIDBytes(mapi.NewOneOff(to, to))
	if err != nil {
		return err
	}
	_, err = box.Deposit(mapitest.Outbox, &mapi.Message{
		Props: mapi.Props{mapi.PidTagMessageClass.Of("IPM.Note"), mapi.PidTagSubject.Of("torture outbox"),
			mapi.PidTagBody.Of("Hello."), mapi.PidTagInternetMessageId.Of(id)},
		Recipients: []mapi.Recipient{{Type: mapi.RecipientTo, Props: mapi.Props{mapi.PidTagDisplayName.Of(to),
			mapi.PidTagAddressType.Of("SMTP"), mapi.PidTagEmailAddress.Of(to), mapi.PidTagSmtpAddress.Of(to),
			mapi.PidTagEntryId.Of(entryID)}}},
	})
	return err
}

// order gives one to Exchange. An error may mean that it died in the middle.
func (w *world) order(ctx context.Context, name string, values url.Values) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://exchange/"+name+"?"+values.Encode(), nil)
	if err != nil {
		return err
	}
	answer, err := w.orders.Do(r)
	for errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, os.ErrNotExist) { // it takes clients before it takes orders
		time.Sleep(10 * time.Millisecond)
		answer, err = w.orders.Do(r)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.Join(err, w.exchange.signal(syscall.SIGQUIT)) // its log says then where it hangs
	}
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if answer.StatusCode != http.StatusOK {
		err = errors.Join(err, fmt.Errorf("%s: %s", answer.Status, text))
	}
	return err
}
