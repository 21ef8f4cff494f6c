package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// password is that of everybody on the test Exchange.
const password = "secret"

// An order is what the bench asks of the test Exchange, one JSON object a line.
type order struct {
	// Mailboxes and Accounts make them, once.
	Mailboxes, Accounts int
	// Arrive lets so many messages arrive a second, for so long.
	Arrive time.Duration
	Rate   int
	// Profile names a file for a processor profile that lasts until the next order.
	Profile string
}

// A reply answers an order.
type reply struct {
	CA        []byte
	Accounts  []string
	Mailboxes []place
	// CPU is the processor time of the process so far.
	CPU time.Duration
	// Sent is how much has left the server, Arrived how much came into mailboxes.
	Sent, Arrived int
}

// A place is where a mailbox is.
type place struct{ URL, DN string }

// serveExchange is the test Exchange until its input ends.
func serveExchange(in io.Reader, out io.Writer) error {
	sent := make(chan struct{}, 1<<20)
	s, err := mapitest.New(mapitest.Options{
		Auth:   []mapitest.AuthScheme{mapitest.AuthBasic},
		Limits: mapitest.Limits{Sessions: 64, SessionIdle: 5 * time.Minute},
		Transport: func(context.Context, *mapi.Message, mapitest.Envelope) error {
			sent <- struct{}{}
			return nil
		},
	})
	if err != nil {
		return err
	}
	defer s.Close()
	orders, replies := json.NewDecoder(in), json.NewEncoder(out)
	arrived := 0
	for {
		var o order
		if err := orders.Decode(&o); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		pprof.StopCPUProfile()
		var r reply
		switch {
		case o.Mailboxes > 0:
			r, err = populate(s, o)
		case o.Arrive > 0:
			err = arrive(s, o, &arrived)
		case o.Profile != "":
			err = profile(o.Profile)
		}
		if err != nil {
			return err
		}
		r.CPU, r.Sent, r.Arrived = cpuTime(), len(sent), arrived
		if err := replies.Encode(r); err != nil {
			return err
		}
	}
}

// populate makes the mailboxes and the accounts that may open them.
func populate(s *mapitest.Server, o order) (reply, error) {
	r := reply{CA: s.CertificatePEM()}
	for i := range o.Accounts {
		name := "watcher" + strconv.Itoa(i)
		if _, err := s.AddUser(mapitest.User{Name: name, Address: name + "@example.test", Password: password}); err != nil {
			return r, err
		}
		r.Accounts = append(r.Accounts, name)
	}
	for i := range o.Mailboxes {
		m, err := s.AddUser(mapitest.User{Address: fmt.Sprintf("mailbox%d@example.test", i), Password: password})
		if err == nil {
			err = m.Grant(r.Accounts[i%o.Accounts], mapitest.FullAccess)
		}
		if err != nil {
			return r, err
		}
		r.Mailboxes = append(r.Mailboxes, place{m.URL(), m.LegacyDN()})
	}
	return r, nil
}

// arrive delivers messages whose subject is the time.
func arrive(s *mapitest.Server, o order, arrived *int) error {
	boxes := s.Mailboxes()[:]
	tick := time.NewTicker(time.Second / time.Duration(o.Rate))
	defer tick.Stop()
	for end := time.Now().Add(o.Arrive); time.Now().Before(end); <-tick.C {
		box := boxes[rand.N(len(boxes))]
		if box.User().Name[0] == 'w' {
			continue // nobody watches the watchers
		}
		now := strconv.FormatInt(time.Now().UnixNano(), 10)
		if _, err := box.Deliver(&mapi.Message{Props: mapi.Props{mapi.PidTagSubject.Of(now)}}); err != nil {
			return err
		}
		*arrived++
	}
	return nil
}

func profile(file string) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	return pprof.StartCPUProfile(f)
}

// An exchange is the other process.
type exchange struct {
	reply
	cmd     *exec.Cmd
	in      io.WriteCloser
	orders  *json.Encoder
	replies *json.Decoder
}

// startExchange starts this program again as the test Exchange.
func startExchange(ctx context.Context, o *options) (*exchange, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	x := &exchange{cmd: exec.CommandContext(ctx, self, "-serve")}
	x.cmd.Stderr = os.Stderr
	if x.in, err = x.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := x.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := x.cmd.Start(); err != nil {
		return nil, err
	}
	x.orders, x.replies = json.NewEncoder(x.in), json.NewDecoder(bufio.NewReader(out))
	x.reply, err = x.ask(order{Mailboxes: o.mailboxes, Accounts: o.accounts})
	if err != nil {
		x.stop()
	}
	return x, err
}

// ask gives an order and waits until it is done.
func (x *exchange) ask(o order) (reply, error) {
	if err := x.orders.Encode(o); err != nil {
		return reply{}, err
	}
	var r reply
	err := x.replies.Decode(&r)
	return r, err
}

// stop ends the process.
func (x *exchange) stop() {
	_ = x.in.Close()
	_ = x.cmd.Wait()
}

// profileBoth profiles both processes into a folder until the function it gives is called.
func (x *exchange) profileBoth(dir string) (func(), error) {
	if dir == "" {
		return func() {}, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := profile(filepath.Join(dir, "client.pprof")); err != nil {
		return nil, err
	}
	_, err := x.ask(order{Profile: filepath.Join(dir, "server.pprof")})
	return pprof.StopCPUProfile, err
}
