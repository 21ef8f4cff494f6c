package mapiclient_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// realServer gives the options for the server that the environment names, or
// skips. The suite leaves what it made in that mailbox's folders.
func realServer(t *testing.T) mapiclient.Options {
	t.Helper()
	url := os.Getenv("MAPI_TEST_URL")
	if url == "" {
		t.Skip("MAPI_TEST_URL is not set: no real server to run the suite against")
	}
	pool := x509.NewCertPool()
	if file := os.Getenv("MAPI_TEST_CA"); file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pool.AppendCertsFromPEM(pem)
	} else if system, err := x509.SystemCertPool(); err == nil {
		pool = system
	}
	return mapiclient.Options{
		Endpoint: mapiclient.Endpoint{URL: url, AddressBookURL: os.Getenv("MAPI_TEST_NSPI_URL"), UserDN: os.Getenv("MAPI_TEST_USER_DN")},
		Address:  os.Getenv("MAPI_TEST_USER"),
		Auth:     auth.NewBasic(auth.Credentials{User: os.Getenv("MAPI_TEST_USER"), Password: auth.NewSecret(os.Getenv("MAPI_TEST_PASSWORD"))}),
		HTTP:     mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: pool}},
	}
}

// A target is a server that the suite runs against.
type target struct {
	options   mapiclient.Options
	recipient string
}

func TestRealServer(t *testing.T) {
	opts := realServer(t)
	to := os.Getenv("MAPI_TEST_USER2")
	if to == "" {
		to = "someone@example.test"
	}
	runSuite(t, target{options: opts, recipient: to})
}

func runSuite(t *testing.T, tg target) {
	for name, test := range map[string]func(*testing.T, target, *mapiclient.Mailbox){
		"SaveAndRead":      testSaveAndRead,
		"LargeValues":      testLargeValues,
		"ManyRecipients":   testManyRecipients,
		"Embedded":         testEmbedded,
		"NamedProperties":  testNamedProperties,
		"MoveHasOneWinner": testMove,
		"Tables":           testTables,
		"CopyTo":           testCopyTo,
		"Submit":           testSubmit,
		"Watch":            testWatch,
		"AddressBook":      testAddressBook,
		"Download":         testDownload,
		"Upload":           testUpload,
		"Sync":             testSync,
		"SyncLarge":        testSyncLarge,
		"FolderState":      testFolderState,
	} {
		t.Run(name, func(t *testing.T) {
			c, err := mapiclient.New(tg.options)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			m, err := c.OpenMailbox(ctx)
			if err != nil {
				t.Fatal(err)
			}
			// Before the test's own clean-up is registered, so that it still has the mailbox.
			t.Cleanup(func() {
				if err := m.Close(ctx); err != nil {
					t.Errorf("closing: %v", err)
				}
				c.Close()
				cancel()
			})
			test(t, tg, m)
		})
	}
}

// note is a plain message with a subject nobody else uses.
func note(tg target) (*mapi.Message, string) {
	subject := fmt.Sprintf("suite %016x", rand.Uint64())
	return &mapi.Message{
		Props: mapi.Props{
			mapi.PidTagMessageClass.Of("IPM.Note"),
			mapi.PidTagSubject.Of(subject),
			mapi.PidTagBody.Of("The quick brown fox: äöü €."),
			mapi.PidTagMessageFlags.Of(1),
		},
		Recipients: []mapi.Recipient{recipient(mapi.RecipientTo, tg.recipient)},
	}, subject
}

func recipient(t mapi.RecipientType, address string) mapi.Recipient {
	entryID, err := mapi.EntryIDBytes(mapi.NewOneOff(address, address))
	if err != nil {
		panic(err)
	}
	return mapi.Recipient{Type: t, Props: mapi.Props{
		mapi.PidTagObjectType.Of(6), mapi.PidTagDisplayType.Of(0),
		mapi.PidTagDisplayName.Of(address), mapi.PidTagAddressType.Of("SMTP"),
		mapi.PidTagEmailAddress.Of(address), mapi.PidTagSmtpAddress.Of(address), mapi.PidTagEntryId.Of(entryID),
	}}
}

func save(t *testing.T, m *mapiclient.Mailbox, msg *mapi.Message) (mapi.FolderID, mapi.MessageID) {
	t.Helper()
	folder := m.SpecialFolder(rop.FolderInbox)
	id, err := m.Save(t.Context(), folder, msg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Delete(context.Background(), folder, id) })
	return folder, id
}

func open(t *testing.T, m *mapiclient.Mailbox, folder mapi.FolderID, id mapi.MessageID) *mapiclient.Opened {
	t.Helper()
	o, err := m.Open(t.Context(), folder, id, mapiclient.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.Close)
	return o
}

func testSaveAndRead(t *testing.T, tg target, m *mapiclient.Mailbox) {
	msg, subject := note(tg)
	msg.Attachments = []mapi.Attachment{{
		Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachByValue), mapi.PidTagAttachLongFilename.Of("ünï.txt"), mapi.PidTagRenderingPosition.Of(-1)},
		Data:  mapi.BytesStream("hello attachment"),
	}}
	folder, id := save(t, m, msg)
	got := open(t, m, folder, id)
	if s := mapi.PidTagSubject.Get(got.Props); s != subject {
		t.Errorf("subject %q, want %q", s, subject)
	}
	if b := mapi.PidTagBody.Get(got.Props); b != mapi.PidTagBody.Get(msg.Props) {
		t.Errorf("body %q", b)
	}
	if f := mapi.PidTagMessageFlags.Get(got.Props); f&9 != 1 {
		t.Errorf("message flags 0x%X, want read and not unsent", f)
	}
	if len(got.Recipients) != 1 || mapi.PidTagEmailAddress.Get(got.Recipients[0].Props) != tg.recipient {
		t.Errorf("recipients %v", got.Recipients)
	}
	if len(got.Attachments) != 1 {
		t.Fatalf("%d attachments", len(got.Attachments))
	}
	if n := mapi.PidTagAttachLongFilename.Get(got.Attachments[0].Props); n != "ünï.txt" {
		t.Errorf("file name %q", n)
	}
	if data := content(t, got.Attachments[0].Data); string(data) != "hello attachment" {
		t.Errorf("attachment %q", data)
	}
	if _, err := m.Open(t.Context(), folder, id^0xFF0000, mapiclient.OpenOptions{}); !errors.Is(err, mapiclient.ErrGone) {
		t.Errorf("opening what is not there: %v, want ErrGone", err)
	}
}

func content(t *testing.T, s mapi.Stream) []byte {
	t.Helper()
	if s == nil {
		t.Fatal("no content")
	}
	r, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if s.Size() != int64(len(data)) {
		t.Errorf("stream of size %d has %d bytes", s.Size(), len(data))
	}
	return data
}

func testLargeValues(t *testing.T, tg target, m *mapiclient.Mailbox) {
	msg, _ := note(tg)
	body := strings.Repeat("A long line of text with ümläuts and 漢字.\r\n", 3000)
	html := []byte("<html><body>" + strings.Repeat("<p>paragraph</p>\r\n", 5000) + "</body></html>")
	msg.Props.Set(mapi.PidTagBody.Of(body))
	msg.Props.Set(mapi.PidTagHtml.Of(html))
	msg.Props.Set(mapi.PidTagInternetCodepage.Of(65001))
	big := make([]byte, 1_234_567)
	for i := range big {
		big[i] = byte(rand.Uint32())
	}
	for i := range 3 {
		msg.Attachments = append(msg.Attachments, mapi.Attachment{
			Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachByValue), mapi.PidTagAttachLongFilename.Of(fmt.Sprint(i))},
			Data:  mapi.BytesStream(big[:len(big)>>(4*i)]),
		})
	}
	folder, id := save(t, m, msg)
	got := open(t, m, folder, id)
	if b := mapi.PidTagBody.Get(got.Props); b != body {
		t.Errorf("body has %d characters, want %d", len(b), len(body))
	}
	if h := mapi.PidTagHtml.Get(got.Props); !bytes.Equal(h, html) {
		t.Errorf("HTML has %d bytes, want %d", len(h), len(html))
	}
	if len(got.Attachments) != 3 {
		t.Fatalf("%d attachments", len(got.Attachments))
	}
	for i := range got.Attachments {
		if data := content(t, got.Attachments[i].Data); !bytes.Equal(data, big[:len(big)>>(4*i)]) {
			t.Errorf("attachment %d differs: %d bytes", i, len(data))
		}
	}
}

func testManyRecipients(t *testing.T, tg target, m *mapiclient.Mailbox) {
	msg, _ := note(tg)
	const n = 700 // more than RopOpenMessage can return
	msg.Recipients = nil
	for i := range n {
		msg.Recipients = append(msg.Recipients, recipient(mapi.RecipientCc, fmt.Sprintf("r%d@example.test", i)))
	}
	folder, id := save(t, m, msg)
	got := open(t, m, folder, id)
	if len(got.Recipients) != n {
		t.Fatalf("%d recipients, want %d", len(got.Recipients), n)
	}
	for i, r := range got.Recipients {
		if want := fmt.Sprintf("r%d@example.test", i); mapi.PidTagEmailAddress.Get(r.Props) != want || r.Type != mapi.RecipientCc {
			t.Fatalf("recipient %d is %v %v, want %s", i, r.Type, r.Props, want)
		}
	}
}

func testEmbedded(t *testing.T, tg target, m *mapiclient.Mailbox) {
	inner, subject := note(tg)
	inner.Attachments = []mapi.Attachment{{
		Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachByValue), mapi.PidTagAttachLongFilename.Of("inner.bin")},
		Data:  mapi.BytesStream(bytes.Repeat([]byte("inner "), 4000)),
	}}
	msg, _ := note(tg)
	msg.Attachments = []mapi.Attachment{{
		Props:   mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachEmbeddedMessage), mapi.PidTagDisplayName.Of(subject)},
		Message: inner,
	}}
	folder, id := save(t, m, msg)
	got := open(t, m, folder, id)
	if len(got.Attachments) != 1 || got.Attachments[0].Message == nil {
		t.Fatalf("attachments %+v", got.Attachments)
	}
	in := got.Attachments[0].Message
	if s := mapi.PidTagSubject.Get(in.Props); s != subject {
		t.Errorf("inner subject %q, want %q", s, subject)
	}
	if len(in.Recipients) != 1 || len(in.Attachments) != 1 {
		t.Fatalf("inner message has %d recipients and %d attachments", len(in.Recipients), len(in.Attachments))
	}
	if data := content(t, in.Attachments[0].Data); !bytes.Equal(data, bytes.Repeat([]byte("inner "), 4000)) {
		t.Errorf("inner attachment has %d bytes", len(data))
	}
}

func testNamedProperties(t *testing.T, tg target, m *mapiclient.Mailbox) {
	msg, _ := note(tg)
	header := mapi.InternetHeader("X-Mapigate-Id")
	msg.Props.Set(header.Of("q123"))
	msg.Props.Set(mapi.PidNameKeywords.Of([]string{"red", "blue"}))
	folder, id := save(t, m, msg)
	got := open(t, m, folder, id)
	if v := header.Get(got.Props); v != "q123" {
		t.Errorf("header %q", v)
	}
	if k := mapi.PidNameKeywords.Get(got.Props); strings.Join(k, ",") != "red,blue" {
		t.Errorf("keywords %q", k)
	}
}

func testMove(t *testing.T, tg target, m *mapiclient.Mailbox) {
	msg, _ := note(tg)
	folder, id := save(t, m, msg)
	dest, err := m.CreateFolder(t.Context(), m.SpecialFolder(rop.FolderIPMSubtree), "Suite moves")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Move(t.Context(), folder, dest, id); err != nil {
		t.Fatal(err)
	}
	if err := m.Move(t.Context(), folder, dest, id); !errors.Is(err, mapiclient.ErrGone) {
		t.Errorf("moving again: %v, want ErrGone", err)
	}
	rows, err := m.Messages(t.Context(), dest, mapiclient.Query{})
	if err != nil || len(rows) == 0 {
		t.Fatalf("%d messages, %v", len(rows), err)
	}
	for _, r := range rows {
		if err := m.Delete(t.Context(), dest, r.ID); err != nil {
			t.Error(err)
		}
	}
}

func testTables(t *testing.T, tg target, m *mapiclient.Mailbox) {
	tag, err := m.Tag(t.Context(), mapi.InternetHeader("X-Mapigate-Suite").PropertyName, mapi.PtypString)
	if err != nil {
		t.Fatal(err)
	}
	run := fmt.Sprintf("%016x", rand.Uint64())
	for i := range 5 {
		msg, _ := note(tg)
		msg.Props.Set(mapi.PidTagSubject.Of(fmt.Sprintf("%d", 9-i)))
		msg.Props.Set(mapi.InternetHeader("X-Mapigate-Suite").Of(run))
		save(t, m, msg)
	}
	rows, err := m.Messages(t.Context(), m.SpecialFolder(rop.FolderInbox), mapiclient.Query{
		Columns: []mapi.PropTag{mapi.PidTagSubject.Tag(), tag},
		Where:   mapi.Equal(mapi.Prop{Tag: tag, Value: run}),
		Sort:    []mapi.SortOrder{{Tag: mapi.PidTagSubject.Tag()}},
		Limit:   4,
	})
	if err != nil {
		t.Fatal(err)
	}
	var subjects []string
	for _, r := range rows {
		subjects = append(subjects, mapi.PidTagSubject.Get(r.Props))
	}
	if got := strings.Join(subjects, " "); got != "5 6 7 8" {
		t.Errorf("subjects %q, want 5 6 7 8", got)
	}
}

func testCopyTo(t *testing.T, tg target, m *mapiclient.Mailbox) {
	msg, subject := note(tg)
	msg.Props.Set(mapi.PidTagMessageFlags.Of(8)) // a draft
	msg.Attachments = []mapi.Attachment{{
		Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachByValue), mapi.PidTagAttachLongFilename.Of("a")},
		Data:  mapi.BytesStream(bytes.Repeat([]byte("x"), 50000)),
	}}
	folder, id := save(t, m, msg)
	original := open(t, m, folder, id)
	sent := m.SpecialFolder(rop.FolderSentItems)
	copied, err := original.CopyTo(t.Context(), sent, mapiclient.CopyOptions{
		Without: []mapi.PropTag{mapi.PidTagMessageFlags.Tag()},
		Set:     mapi.Props{mapi.PidTagMessageFlags.Of(1), mapi.PidTagInternetMessageId.Of("<copy@example.test>")},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Delete(context.Background(), sent, copied) })
	got := open(t, m, sent, copied)
	if s := mapi.PidTagSubject.Get(got.Props); s != subject {
		t.Errorf("subject %q, want %q", s, subject)
	}
	if f := mapi.PidTagMessageFlags.Get(got.Props); f&9 != 1 {
		t.Errorf("flags 0x%X: the copy is a draft", f)
	}
	if id := mapi.PidTagInternetMessageId.Get(got.Props); id != "<copy@example.test>" {
		t.Errorf("Message-ID %q", id)
	}
	if len(got.Recipients) != 1 || len(got.Attachments) != 1 || len(content(t, got.Attachments[0].Data)) != 50000 {
		t.Errorf("%d recipients, %d attachments", len(got.Recipients), len(got.Attachments))
	}
}

func testSubmit(t *testing.T, tg target, m *mapiclient.Mailbox) {
	msg, subject := note(tg)
	msg.Props.Delete(mapi.PidTagMessageFlags.Tag())
	ledger, err := m.CreateFolder(t.Context(), m.SpecialFolder(rop.FolderRoot), "Suite ledger")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Submit(t.Context(), msg, mapiclient.SubmitOptions{SentTo: ledger}); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		rows, err := m.Messages(t.Context(), ledger, mapiclient.Query{
			Columns: []mapi.PropTag{mapi.PidTagSubject.Tag(), mapi.PidTagMessageFlags.Tag()},
			Where:   mapi.Equal(mapi.PidTagSubject.Of(subject)),
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) == 1 {
			if f := mapi.PidTagMessageFlags.Get(rows[0].Props); f&8 != 0 {
				t.Errorf("flags 0x%X: the sent copy is a draft", f)
			}
			_ = m.Delete(t.Context(), ledger, rows[0].ID)
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Error("no sent copy was filed")
}

func testWatch(t *testing.T, tg target, m *mapiclient.Mailbox) {
	if err := m.Watch(t.Context(), m.SpecialFolder(rop.FolderInbox)); err != nil {
		t.Fatal(err)
	}
	woke := make(chan error, 1)
	go func() {
		for {
			some, err := m.Wait(t.Context())
			if some || err != nil {
				woke <- err
				return
			}
		}
	}()
	time.Sleep(200 * time.Millisecond)
	msg, _ := note(tg)
	save(t, m, msg)
	select {
	case err := <-woke:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(30 * time.Second):
		t.Error("no notification came")
	}
}

func testAddressBook(t *testing.T, tg target, m *mapiclient.Mailbox) {
	book := openBook(t, tg.options)
	me, err := book.ByAddress(t.Context(), tg.options.Address)
	if err != nil || me == nil {
		t.Fatalf("my own entry: %v, %v", me, err)
	}
	if !strings.EqualFold(me.DN(), m.UserDN()) {
		t.Errorf("my DN is %q, the mailbox's %q", me.DN(), m.UserDN())
	}
	address, err := book.SMTPAddress(t.Context(), "EX", m.UserDN())
	if err != nil || !strings.EqualFold(address, tg.options.Address) {
		t.Errorf("my address by DN: %q, %v", address, err)
	}
	if e, err := book.ByAddress(t.Context(), "nobody@example.test"); e != nil || err != nil {
		t.Errorf("nobody's entry: %v, %v", e, err)
	}
}
