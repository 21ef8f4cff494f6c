package mapiclient_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A scene is a server that a scenario plays on: a real one while its
// conversation is recorded, the recording afterwards.
type scene struct {
	name    string
	options mapiclient.Options
	// recipient is somebody whom the user may write to.
	recipient string
	// pause waits until the server may have done something by itself.
	pause func()
	ids   int
}

// newID gives the same ids in every run of a scenario.
func (s *scene) newID() mapi.GUID {
	s.ids++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", s.name, s.ids))
	return mapi.GUID(sum[:16])
}

func (s *scene) client(t *testing.T) *mapiclient.Client {
	t.Helper()
	o := s.options
	o.NewID = s.newID
	c, err := mapiclient.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// mailbox opens the user's mailbox; the scenario closes it.
func (s *scene) mailbox(t *testing.T) *mapiclient.Mailbox {
	t.Helper()
	m, err := s.client(t).OpenMailbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func end(t *testing.T, m *mapiclient.Mailbox) {
	t.Helper()
	if err := m.Close(t.Context()); err != nil {
		t.Errorf("closing: %v", err)
	}
}

// note is a plain message to the scene's recipient.
func (s *scene) note(subject string) *mapi.Message {
	return &mapi.Message{
		Props: mapi.Props{
			mapi.PidTagMessageClass.Of("IPM.Note"), mapi.PidTagSubject.Of(subject),
			mapi.PidTagBody.Of("The quick brown fox: äöü €."),
		},
		Recipients: []mapi.Recipient{recipient(mapi.RecipientTo, s.recipient)},
	}
}

// scenarios are the conversations that are recorded, the first of which must
// tell the endpoint. They say the same whenever the server answers the same,
// and leave nothing behind in the mailbox but empty folders.
var scenarios = []struct {
	name string
	play func(*testing.T, *scene)
}{
	{"autodiscover", playAutodiscover},
	{"logon", playLogon},
	{"submit", playSubmit},
	{"submit-attachments", playSubmitAttachments},
	{"read", playRead},
	{"large-stream", playLargeStream},
	{"tables", playTables},
	{"claim", playClaim},
	{"copy", playCopy},
	{"notification", playNotification},
	{"address-book", playAddressBook},
	{"transfer", playTransfer},
	{"sync", playSync},
}

func playAutodiscover(t *testing.T, s *scene) {
	s.options.Endpoint = mapiclient.Endpoint{}
	e, err := s.client(t).Endpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if e.URL == "" || e.UserDN == "" {
		t.Errorf("endpoint %+v", e)
	}
}

func playLogon(t *testing.T, s *scene) {
	m := s.mailbox(t)
	defer end(t, m)
	folders, err := m.Folders(t.Context(), m.SpecialFolder(rop.FolderIPMSubtree))
	if err != nil || len(folders) < 5 {
		t.Errorf("%d folders, %v", len(folders), err)
	}
	if err := m.Session().Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// playSubmit sends two mails of one shape: the second goes with one request.
func playSubmit(t *testing.T, s *scene) {
	m := s.mailbox(t)
	defer end(t, m)
	ledger, err := m.CreateFolder(t.Context(), m.SpecialFolder(rop.FolderRoot), "Recording ledger")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		subject := fmt.Sprintf("recorded submit %d", i)
		if _, err := m.Submit(t.Context(), s.note(subject), mapiclient.SubmitOptions{SentTo: ledger, OneRequest: true}); err != nil {
			t.Fatal(err)
		}
		s.awaitSent(t, m, ledger, subject)
	}
}

// awaitSent waits for the sent copy and removes it.
func (s *scene) awaitSent(t *testing.T, m *mapiclient.Mailbox, folder mapi.FolderID, subject string) {
	t.Helper()
	for range 50 {
		s.pause()
		rows, err := m.Messages(t.Context(), folder, mapiclient.Query{
			Columns: []mapi.PropTag{mapi.PidTagSubject.Tag(), mapi.PidTagMessageFlags.Tag()},
			Where:   mapi.Equal(mapi.PidTagSubject.Of(subject)),
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) == 0 {
			continue
		}
		if f := mapi.PidTagMessageFlags.Get(rows[0].Props); f&8 != 0 {
			t.Errorf("flags 0x%X: the sent copy is a draft", f)
		}
		if err := m.Delete(t.Context(), folder, rows[0].ID); err != nil {
			t.Error(err)
		}
		return
	}
	t.Errorf("no copy of %q was filed", subject)
}

func playSubmitAttachments(t *testing.T, s *scene) {
	m := s.mailbox(t)
	defer end(t, m)
	ledger, err := m.CreateFolder(t.Context(), m.SpecialFolder(rop.FolderRoot), "Recording ledger")
	if err != nil {
		t.Fatal(err)
	}
	msg := s.note("recorded attachments")
	msg.Props.Set(mapi.InternetHeader("X-Mapigate-Id").Of("recorded"))
	msg.Recipients = append(msg.Recipients, recipient(mapi.RecipientCc, s.recipient))
	msg.Attachments = attached(s)
	if _, err := m.Submit(t.Context(), msg, mapiclient.SubmitOptions{SentTo: ledger}); err != nil {
		t.Fatal(err)
	}
	s.awaitSent(t, m, ledger, "recorded attachments")
}

// attached is a file and a message within the message.
func attached(s *scene) []mapi.Attachment {
	return []mapi.Attachment{
		{
			Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachByValue), mapi.PidTagAttachLongFilename.Of("ünï.txt"), mapi.PidTagRenderingPosition.Of(-1)},
			Data:  mapi.BytesStream("hello attachment"),
		},
		{
			Props:   mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachEmbeddedMessage), mapi.PidTagDisplayName.Of("within"), mapi.PidTagRenderingPosition.Of(-1)},
			Message: s.note("within"),
		},
	}
}

func playRead(t *testing.T, s *scene) {
	m := s.mailbox(t)
	defer end(t, m)
	msg := s.note("recorded read")
	msg.Props.Set(mapi.PidTagMessageFlags.Of(1))
	msg.Props.Set(mapi.PidNameKeywords.Of([]string{"red", "blue"}))
	msg.Attachments = attached(s)
	inbox := m.SpecialFolder(rop.FolderInbox)
	id, err := m.Deliver(t.Context(), msg)
	if err != nil {
		t.Fatal(err)
	}
	got, err := m.Open(t.Context(), inbox, id, mapiclient.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if mapi.PidTagSubject.Get(got.Props) != "recorded read" || len(got.Recipients) != 1 || len(got.Attachments) != 2 {
		t.Fatalf("read %v, %d recipients, %d attachments", got.Props, len(got.Recipients), len(got.Attachments))
	}
	if k := mapi.PidNameKeywords.Get(got.Props); len(k) != 2 {
		t.Errorf("keywords %q", k)
	}
	if data := content(t, got.Attachments[0].Data); string(data) != "hello attachment" {
		t.Errorf("attachment %q", data)
	}
	if in := got.Attachments[1].Message; in == nil || mapi.PidTagSubject.Get(in.Props) != "within" {
		t.Errorf("the message within is %+v", in)
	}
	got.Close()
	if err := m.Delete(t.Context(), inbox, id); err != nil {
		t.Error(err)
	}
	if _, err := m.Open(t.Context(), inbox, id, mapiclient.OpenOptions{}); !errors.Is(err, mapiclient.ErrGone) {
		t.Errorf("opening what is gone: %v", err)
	}
}

// playLargeStream writes and reads a value of more than two answers' length.
func playLargeStream(t *testing.T, s *scene) {
	m := s.mailbox(t)
	defer end(t, m)
	msg := s.note("recorded large stream")
	data := bytes.Repeat([]byte("0123456789ABCDEF"), 4500)
	msg.Attachments = []mapi.Attachment{{
		Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachByValue), mapi.PidTagAttachLongFilename.Of("large.bin")},
		Data:  mapi.BytesStream(data),
	}}
	drafts := m.SpecialFolder(rop.FolderInbox)
	id, err := m.Save(t.Context(), drafts, msg)
	if err != nil {
		t.Fatal(err)
	}
	got, err := m.Open(t.Context(), drafts, id, mapiclient.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Attachments) != 1 || !bytes.Equal(content(t, got.Attachments[0].Data), data) {
		t.Errorf("%d attachments, or another content", len(got.Attachments))
	}
	got.Close()
	if err := m.Delete(t.Context(), drafts, id); err != nil {
		t.Error(err)
	}
}

func playTables(t *testing.T, s *scene) {
	m := s.mailbox(t)
	defer end(t, m)
	folder, err := m.CreateFolder(t.Context(), m.SpecialFolder(rop.FolderIPMSubtree), "Recording tables")
	if err != nil {
		t.Fatal(err)
	}
	var ids []mapi.MessageID
	for _, subject := range []string{"c", "a", "d", "b"} {
		id, err := m.Save(t.Context(), folder, s.note(subject))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	rows, err := m.Messages(t.Context(), folder, mapiclient.Query{
		Columns: []mapi.PropTag{mapi.PidTagSubject.Tag(), mapi.PidTagMessageSize.Tag()},
		Where:   mapi.Compare(mapi.RelOpLessThan, mapi.PidTagSubject.Of("d")),
		Sort:    []mapi.SortOrder{{Tag: mapi.PidTagSubject.Tag()}},
		Limit:   2,
	})
	if err != nil || len(rows) != 2 || mapi.PidTagSubject.Get(rows[0].Props) != "a" || mapi.PidTagSubject.Get(rows[1].Props) != "b" {
		t.Errorf("rows %v, %v", rows, err)
	}
	if err := m.Delete(t.Context(), folder, ids...); err != nil {
		t.Error(err)
	}
}

// playClaim does to a message what the watcher of an Outbox does.
func playClaim(t *testing.T, s *scene) {
	m := s.mailbox(t)
	defer end(t, m)
	from, err := m.CreateFolder(t.Context(), m.SpecialFolder(rop.FolderIPMSubtree), "Recording outbox")
	if err != nil {
		t.Fatal(err)
	}
	to, err := m.CreateFolder(t.Context(), m.SpecialFolder(rop.FolderRoot), "Recording claims")
	if err != nil {
		t.Fatal(err)
	}
	id, err := m.Save(t.Context(), from, s.note("recorded claim"))
	if err != nil {
		t.Fatal(err)
	}
	o, err := m.Open(t.Context(), from, id, mapiclient.OpenOptions{Write: true})
	if err != nil {
		t.Fatal(err)
	}
	mark := mapi.InternetHeader("X-Mapigate-Claim").Of("claimed")
	if err := errors.Join(o.SetProps(t.Context(), mapi.Props{mark}), o.Save(t.Context())); err != nil {
		t.Error(err)
	}
	o.Close()
	if err := m.Move(t.Context(), from, to, id); err != nil {
		t.Error(err)
	}
	if err := m.Move(t.Context(), from, to, id); !errors.Is(err, mapiclient.ErrGone) {
		t.Errorf("moving again: %v, want ErrGone", err)
	}
	rows, err := m.Messages(t.Context(), to, mapiclient.Query{Columns: []mapi.PropTag{mapi.PidTagSubject.Tag()}})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d messages, %v", len(rows), err)
	}
	if err := m.Delete(t.Context(), to, rows[0].ID); err != nil {
		t.Error(err)
	}
}

// playCopy files a sent copy as the watcher does when all is settled.
func playCopy(t *testing.T, s *scene) {
	m := s.mailbox(t)
	defer end(t, m)
	folder, err := m.CreateFolder(t.Context(), m.SpecialFolder(rop.FolderRoot), "Recording claims")
	if err != nil {
		t.Fatal(err)
	}
	id, err := m.Save(t.Context(), folder, s.note("recorded copy"))
	if err != nil {
		t.Fatal(err)
	}
	o, err := m.Open(t.Context(), folder, id, mapiclient.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	copied, err := o.CopyTo(t.Context(), folder, mapiclient.CopyOptions{
		Without: []mapi.PropTag{mapi.PidTagMessageFlags.Tag()},
		Set:     mapi.Props{mapi.PidTagMessageFlags.Of(1), mapi.PidTagInternetMessageId.Of("<recorded@example.test>")},
	})
	if err != nil {
		t.Error(err)
	}
	o.Close()
	if err := m.Delete(t.Context(), folder, id, copied); err != nil {
		t.Error(err)
	}
}

// playNotification waits in one session for what another one does.
func playNotification(t *testing.T, s *scene) {
	watching := s.mailbox(t)
	acting := s.mailbox(t)
	folder, err := acting.CreateFolder(t.Context(), acting.SpecialFolder(rop.FolderIPMSubtree), "Recording watch")
	if err != nil {
		t.Fatal(err)
	}
	if err := watching.Watch(t.Context(), folder); err != nil {
		t.Fatal(err)
	}
	told := make(chan error, 1)
	go func() {
		some, err := watching.Wait(t.Context())
		if err == nil && !some {
			err = errors.New("nothing was told")
		}
		told <- err
	}()
	s.pause()
	id, err := acting.Save(t.Context(), folder, s.note("recorded notification"))
	if err != nil {
		t.Fatal(err)
	}
	if err := <-told; err != nil {
		t.Error(err)
	}
	end(t, watching)
	if err := acting.Delete(t.Context(), folder, id); err != nil {
		t.Error(err)
	}
	end(t, acting)
}

func playAddressBook(t *testing.T, s *scene) {
	book, err := s.client(t).AddressBook(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close(context.WithoutCancel(t.Context()))
	me, err := book.ByAddress(t.Context(), s.options.Address)
	if err != nil || me == nil {
		t.Fatalf("my own entry: %v, %v", me, err)
	}
	address, err := book.SMTPAddress(t.Context(), "EX", me.DN())
	if err != nil || address != me.SMTPAddress() {
		t.Errorf("address by DN: %q, %v", address, err)
	}
	if e, err := book.ByAddress(t.Context(), "nobody@example.test"); e != nil || err != nil {
		t.Errorf("nobody's entry: %v, %v", e, err)
	}
}
