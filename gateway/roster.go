package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/outbox"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/watch"
)

const (
	// rosterMost bounds the mailboxes that one group may name.
	rosterMost = 100_000
	// rosterDepth is how deep groups within groups are followed.
	rosterDepth = 10
	// rosterRetry is when to ask again after a failure.
	rosterRetry = time.Minute
)

// A roster watches the mailboxes that the address book names: the members of a
// group, and what a filter matches.
type roster struct {
	gateway *generation
	group   *config.Outbox
	set     *watch.Set
	log     *slog.Logger

	running map[string]*tenure // by address in lower case
	working sync.WaitGroup
}

// A tenure is a mailbox of a roster while it is watched.
type tenure struct{ stop context.CancelFunc }

// run keeps the roster until ctx ends. While the address book cannot be asked, all stays as it was.
func (r *roster) run(ctx context.Context) error {
	defer r.working.Wait()
	for ctx.Err() == nil {
		wait := time.Duration(r.group.Refresh)
		wanted, err := r.ask(ctx)
		if err == nil {
			err = r.change(ctx, wanted)
		}
		if err != nil && ctx.Err() == nil {
			r.log.Error("cannot ask which mailboxes to watch", "group", r.group.Group, "error", err, "again_in", rosterRetry)
			wait = min(wait, rosterRetry)
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
	return nil
}

// ask gives the addresses of the mailboxes, by their lower case.
func (r *roster) ask(ctx context.Context) (map[string]string, error) {
	org := r.gateway.orgs[r.group.Exchange]
	client, err := org.Client(org.config.Mailbox)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	book, err := client.AddressBook(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { book.Close(context.WithoutCancel(ctx)) }()
	wanted := make(map[string]string)
	note := func(e mapiclient.Entry) {
		if address := e.SMTPAddress(); address != "" && e.IsMailbox() {
			wanted[strings.ToLower(address)] = address
		}
	}
	if r.group.Group != "" {
		if err := members(ctx, book, r.group.Group, note); err != nil {
			return nil, err
		}
	}
	if r.group.Directory.Set() {
		err := book.All(ctx, func(e mapiclient.Entry) error {
			if matches(&r.group.Directory, e) {
				note(e)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	for _, fixed := range r.gateway.config.Outbox {
		for _, m := range fixed.Mailboxes {
			delete(wanted, strings.ToLower(m)) // it is watched as its own entry says
		}
	}
	if len(wanted) > rosterMost {
		return nil, fmt.Errorf("%d mailboxes are more than %d", len(wanted), rosterMost)
	}
	return wanted, nil
}

// members gives everybody in a group and in the groups in it.
func members(ctx context.Context, book *mapiclient.AddressBook, group string, note func(mapiclient.Entry)) error {
	e, err := book.ByAddress(ctx, group)
	if err != nil {
		return err
	}
	if e == nil || !e.IsList() {
		return fmt.Errorf("%s is no group of the address book", group)
	}
	seen := map[string]bool{e.DN(): true}
	todo := []mapiclient.Entry{*e}
	for range rosterDepth {
		var inner []mapiclient.Entry
		for _, g := range todo {
			list, err := book.Members(ctx, g.DN(), rosterMost)
			if err != nil {
				return err
			}
			for _, m := range list {
				if m.IsList() && !seen[m.DN()] {
					inner = append(inner, m)
				}
				seen[m.DN()] = true
				note(m)
			}
		}
		todo = inner
	}
	return nil
}

// matches tells whether an entry is what a filter asks for.
func matches(d *config.Directory, e mapiclient.Entry) bool {
	if len(d.Address) > 0 && !slices.ContainsFunc(d.Address, func(p route.Pattern) bool { return p.Match(e.SMTPAddress()) }) {
		return false
	}
	for _, field := range []struct {
		pattern string
		tag     mapi.Tag[string]
	}{{d.Department, mapi.PidTagDepartmentName}, {d.Company, mapi.PidTagCompanyName}, {d.Office, mapi.PidTagOfficeLocation}, {d.Title, mapi.PidTagTitle}} {
		if field.pattern != "" && !route.Glob(strings.ToLower(field.pattern), strings.ToLower(field.tag.Get(e.Props))) {
			return false
		}
	}
	return true
}

// change begins to watch what is new, and ends what is not wanted any more.
func (r *roster) change(ctx context.Context, wanted map[string]string) error {
	for key, t := range r.running {
		if _, stays := wanted[key]; !stays {
			r.log.Info("a mailbox is not watched any more", "mailbox", key)
			t.stop()
			delete(r.running, key)
		}
	}
	for key, address := range wanted {
		if r.running[key] != nil {
			continue
		}
		if err := r.begin(ctx, key, address); err != nil {
			return fmt.Errorf("mailbox %s: %w", address, err)
		}
	}
	return nil
}

func (r *roster) begin(ctx context.Context, key, address string) error {
	g := r.gateway
	opts, err := g.watcherOptions(r.group, address)
	if err != nil {
		return err
	}
	opts.Set = r.set
	w, err := outbox.New(opts)
	if err != nil {
		return err
	}
	g.ways.watch(address, r.group.Exchange)
	ctx, stop := context.WithCancel(ctx)
	r.running[key] = &tenure{stop}
	r.log.Info("a mailbox is watched", "mailbox", address)
	r.working.Go(func() {
		defer stop()
		defer opts.Client.Close()
		_ = g.watching(w, r.group)(ctx) // ends with ctx alone
	})
	return nil
}
