package mapitest

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/journal"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
)

// What lies in Options.StateDir.
const (
	journalFile   = "journal"
	authorityFile = "authority.pem"
	valuesDir     = "values" // large values, a file each
)

// Kinds of records, the first byte of each.
const (
	accountRecord = 'A' // an accountState in JSON
	changeRecord  = 'M' // the GUID of a mailbox, and what its log gave
)

// state is what a server keeps on the disk. A nil one keeps nothing.
type state struct {
	dir     string
	journal *journal.Journal
}

// An accountState is a user as the journal has them.
type accountState struct {
	User          User
	DN            string
	GUID, Replica mapi.GUID
	Grants        map[string][]Grant `json:",omitempty"`
}

// values is where large values are kept.
func (d *state) values() string {
	if d == nil {
		return ""
	}
	return filepath.Join(d.dir, valuesDir)
}

// sync waits until all that was changed so far would survive the process.
func (d *state) sync() error {
	if d == nil {
		return nil
	}
	return d.journal.Sync()
}

// close lets go of the journal.
func (d *state) close() error {
	if d == nil || d.journal == nil {
		return nil
	}
	return d.journal.Close()
}

// certificates gives the authority of an earlier server of this directory, or
// makes one that later servers will have.
func (d *state) certificates(hosts []string, now time.Time) (*authority, error) {
	if d == nil {
		return newAuthority(hosts, now)
	}
	path := filepath.Join(d.dir, authorityFile)
	b, err := os.ReadFile(path)
	if err == nil {
		return parseAuthority(b)
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	a, err := newAuthority(hosts, now)
	if err != nil {
		return nil, err
	}
	if b, err = a.private(); err != nil {
		return nil, err
	}
	// Written aside and renamed: half a file would be an error for ever.
	if err := os.WriteFile(path+".new", b, 0o600); err != nil {
		return nil, err
	}
	return a, os.Rename(path+".new", path)
}

// openState makes the directory ready; its journal is read by restore.
func openState(dir string) (*state, error) {
	if dir == "" {
		return nil, nil
	}
	d := &state{dir: dir}
	return d, os.MkdirAll(d.values(), 0o700)
}

// An image is the accounts and mailboxes that a journal tells of.
type image struct {
	values   string
	accounts []*accountState // in the order of their making
	boxes    map[mapi.GUID]*store.Image
}

func (i *image) apply(record []byte) error {
	if len(record) == 0 {
		return errors.New("the record is empty")
	}
	kind, rest := record[0], record[1:]
	switch kind {
	case accountRecord:
		var a accountState
		if err := json.Unmarshal(rest, &a); err != nil {
			return err
		}
		i.account(&a)
		return nil
	case changeRecord:
		var guid mapi.GUID
		if copy(guid[:], rest) < len(guid) || i.boxes[guid] == nil {
			return errors.New("the record is of no mailbox")
		}
		return i.boxes[guid].Apply(rest[len(guid):])
	}
	return fmt.Errorf("records of kind %q are unknown", kind)
}

func (i *image) account(a *accountState) {
	for n, old := range i.accounts {
		if old.GUID == a.GUID {
			i.accounts[n] = a
			return
		}
	}
	i.accounts = append(i.accounts, a)
	i.boxes[a.GUID] = store.NewImage(a.GUID, a.Replica, i.values)
}

// restore brings back what an earlier server of the directory had: users, their
// mailboxes, and the mail on its way out, which is sent on.
func (s *Server) restore() error {
	d := s.state
	if d == nil {
		return nil
	}
	i := &image{values: d.values(), boxes: make(map[mapi.GUID]*store.Image)}
	j, torn, err := journal.Open(filepath.Join(d.dir, journalFile), i.apply)
	if err != nil {
		return err
	}
	d.journal = j
	if torn > 0 {
		s.opts.Logger.Info("the journal ended within a record", "bytes", torn)
	}
	for _, a := range i.accounts {
		if err := s.restoreAccount(a, i.boxes[a.GUID]); err != nil {
			return errors.Join(fmt.Errorf("restoring %s: %w", a.User.Address, err), j.Close())
		}
	}
	if err := s.compact(); err != nil {
		return errors.Join(err, j.Close())
	}
	return nil
}

func (s *Server) restoreAccount(state *accountState, i *store.Image) error {
	d := &s.directory
	d.mu.Lock()
	defer d.mu.Unlock()
	a := d.newAccount(state.User)
	a.dn, a.restored = state.DN, true
	var err error
	if a.box, err = i.Mailbox(owner(a), s.storeOptions()); err != nil {
		return err
	}
	for dn, grants := range state.Grants {
		a.grant(dn, grants)
	}
	return d.add(a)
}

// compact writes the journal anew, without what was overtaken, removes the
// files of values that are gone, and begins to keep the log.
func (s *Server) compact() error {
	used := make(map[string]bool)
	err := s.state.journal.Rewrite(func(j *journal.Journal) {
		for _, a := range s.directory.all() {
			s.writeAccount(j, a)
			a.box.Lock()
			a.box.Everything(s.log(j, a.box.GUID))
			for name := range a.box.Values() {
				used[name] = true
			}
			a.box.Unlock()
		}
	})
	if err != nil {
		return err
	}
	for _, a := range s.directory.all() {
		a.box.Lock()
		a.box.KeepLog(s.log(s.state.journal, a.box.GUID))
		a.box.Unlock()
	}
	return s.state.sweep(used)
}

// sweep removes the values that are not used.
func (d *state) sweep(used map[string]bool) error {
	files, err := os.ReadDir(d.values())
	if err != nil {
		return err
	}
	for _, f := range files {
		if !used[f.Name()] {
			err = errors.Join(err, os.Remove(filepath.Join(d.values(), f.Name())))
		}
	}
	return err
}

// log writes what changes in a mailbox to the journal.
func (s *Server) log(j *journal.Journal, guid mapi.GUID) store.Log {
	head := append([]byte{changeRecord}, guid[:]...)
	return func(record []byte, err error) {
		if err != nil {
			j.Fail(fmt.Errorf("a change cannot be written down: %w", err))
			return
		}
		j.Append(append(head[:len(head):len(head)], record...))
	}
}

func (s *Server) writeAccount(j *journal.Journal, a *account) {
	state := accountState{User: a.User, DN: a.dn, GUID: a.box.GUID, Replica: a.box.Replica, Grants: make(map[string][]Grant)}
	a.mu.Lock()
	for dn, grants := range a.grants {
		for g, granted := range grants {
			if granted {
				state.Grants[dn] = append(state.Grants[dn], g)
			}
		}
	}
	a.mu.Unlock()
	b, err := json.Marshal(state)
	if err != nil {
		j.Fail(err)
		return
	}
	j.Append(append([]byte{accountRecord}, b...))
}

// keep writes down a new or changed account, and a new one's mailbox.
func (s *Server) keep(a *account, isNew bool) {
	if s.state == nil {
		return
	}
	s.writeAccount(s.state.journal, a)
	if !isNew {
		return
	}
	log := s.log(s.state.journal, a.box.GUID)
	a.box.Lock()
	defer a.box.Unlock()
	a.box.Everything(log)
	a.box.KeepLog(log)
}

// resume sends what an earlier server had taken for sending. What it was sending
// when it ended may have arrived: that is not known, and it is sent again, but
// for mailboxes here that have it.
func (s *Server) resume() {
	for _, a := range s.directory.all() {
		a.box.Lock()
		for _, m := range a.box.Submitted() {
			switch {
			case m.State() == store.StateQueued:
				s.send(a, m)
			case s.has(QuirkSendWithinSubmit): // nobody was told that it was taken
				m.Aborted()
			default:
				s.opts.Logger.Warn("sending again after a restart", "from", a.Address, "message_id", messageID(m.Content()))
				s.sendAgain(a, m)
			}
		}
		a.box.Unlock()
	}
}

// delivered tells whether a mailbox has got a message already, judged as
// Exchange judges duplicates: by Message-ID and time of submission. The mailbox is locked.
func delivered(box *store.Mailbox, c *store.Content) bool {
	id := messageID(c)
	if id == "" {
		return false
	}
	submitted := mapi.PidTagClientSubmitTime.Get(c.Props)
	return box.Any(func(c *store.Content) bool {
		_, came := mapi.PidTagMessageDeliveryTime.From(c.Props)
		return came && strings.EqualFold(messageID(c), id) && mapi.PidTagClientSubmitTime.Get(c.Props).Equal(submitted)
	})
}

func messageID(c *store.Content) string { return mapi.PidTagInternetMessageId.Get(c.Props) }
