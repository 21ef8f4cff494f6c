// Package roster watches whichever mailboxes the address book names.
package roster

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/pause"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

const (
	// most bounds the mailboxes that one group may name.
	most = 100_000
	// depth is how deep groups within groups are followed.
	depth = 10
	// retry is when to ask again after a failure.
	retry = time.Minute
)

// A Roster watches the mailboxes that the address book names: the members of a
// group, and what a filter matches.
type Roster struct {
	Group *config.Outbox
	// Fixed are the mailboxes with entries of their own: they are watched as those say.
	Fixed  []string
	Client func() (*mapiclient.Client, error)
	// Watch prepares the watching of a mailbox, which run does until its context ends.
	Watch func(address string) (run func(context.Context), err error)
	Log   *slog.Logger

	running map[string]*tenure // by address in lower case
	working sync.WaitGroup
}

// A tenure is a mailbox of a roster while it is watched.
type tenure struct{ stop context.CancelFunc }

// Run keeps the roster until ctx ends. While the address book cannot be asked, all stays as it was.
func (r *Roster) Run(ctx context.Context) error {
	r.running = make(map[string]*tenure)
	defer r.working.Wait()
	for ctx.Err() == nil {
		wait := time.Duration(r.Group.Refresh)
		wanted, err := r.ask(ctx)
		if err == nil {
			err = r.change(ctx, wanted)
		}
		if err != nil && ctx.Err() == nil {
			r.Log.Error("cannot ask which mailboxes to watch", "group", r.Group.Group, "error", err, "again_in", retry)
			wait = min(wait, retry)
		}
		pause.For(ctx, wait)
	}
	return nil
}

// ask gives the addresses of the mailboxes, by their lower case.
func (r *Roster) ask(ctx context.Context) (map[string]string, error) {
	client, err := r.Client()
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
	if r.Group.Group != "" {
		all, err := members(ctx, book, r.Group.Group)
		if err != nil {
			return nil, err
		}
		for _, e := range all {
			note(e)
		}
	}
	if r.Group.Directory.Set() {
		err := book.All(ctx, func(e mapiclient.Entry) error {
			if matches(&r.Group.Directory, e) {
				note(e)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	for _, m := range r.Fixed {
		delete(wanted, strings.ToLower(m))
	}
	if len(wanted) > most {
		return nil, fmt.Errorf("%d mailboxes are more than %d", len(wanted), most)
	}
	return wanted, nil
}

// members gives everybody in a group and in the groups in it.
func members(ctx context.Context, book *mapiclient.AddressBook, group string) ([]mapiclient.Entry, error) {
	e, err := book.ByAddress(ctx, group)
	if err != nil {
		return nil, err
	}
	if e == nil || !e.IsList() {
		return nil, fmt.Errorf("%s is no group of the address book", group)
	}
	all, err := book.Everybody(ctx, *e, depth, most)
	if len(all) > most {
		return nil, fmt.Errorf("%s has more than %d members", group, most)
	}
	return all, err
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
func (r *Roster) change(ctx context.Context, wanted map[string]string) error {
	for key, t := range r.running {
		if _, stays := wanted[key]; !stays {
			r.Log.Info("a mailbox is not watched any more", "mailbox", key)
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

func (r *Roster) begin(ctx context.Context, key, address string) error {
	watch, err := r.Watch(address)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	r.running[key] = &tenure{stop}
	r.Log.Info("a mailbox is watched", "mailbox", address)
	r.working.Go(func() {
		defer stop()
		watch(ctx)
	})
	return nil
}
