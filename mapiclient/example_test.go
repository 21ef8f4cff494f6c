package mapiclient_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// exampleServer is the Exchange of the examples, with the users anna and ben.
func exampleServer() (*mapitest.Server, mapiclient.Options) {
	s, err := mapitest.New(mapitest.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"anna", "ben"} {
		if _, err := s.AddUser(mapitest.User{Name: name, Address: name + "@example.test", Password: "secret"}); err != nil {
			log.Fatal(err)
		}
	}
	return s, mapiclient.Options{
		Address:         "anna@example.test",
		AutodiscoverURL: s.AutodiscoverURL(), // a real server is found by the address alone
		Auth:            auth.NewNTLM(auth.Credentials{User: "anna", Password: auth.NewSecret("secret")}),
		HTTP:            mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: s.CertPool()}},
	}
}

func letter(to, subject, text string) *mapi.Message {
	return &mapi.Message{
		Props: mapi.Props{mapi.PidTagMessageClass.Of("IPM.Note"), mapi.PidTagSubject.Of(subject), mapi.PidTagBody.Of(text)},
		Recipients: []mapi.Recipient{{Type: mapi.RecipientTo, Props: mapi.Props{mapi.PidTagDisplayName.Of(to),
			mapi.PidTagAddressType.Of("SMTP"), mapi.PidTagEmailAddress.Of(to), mapi.PidTagSmtpAddress.Of(to)}}},
	}
}

// Sending a message: the server sends it, and files it in Sent Items. When the
// answer is lost on the way nobody knows whether it was sent: look before trying again.
func ExampleMailbox_Submit() {
	server, options := exampleServer()
	defer server.Close()
	ctx := context.Background()
	client, err := mapiclient.New(options)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	mailbox, err := client.OpenMailbox(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer mailbox.Close(ctx)

	_, err = mailbox.Submit(ctx, letter("ben@example.test", "Lunch?", "At noon."), mapiclient.SubmitOptions{})
	var unknown *mapihttp.UnknownOutcomeError
	switch {
	case errors.As(err, &unknown):
		fmt.Println("perhaps sent")
	case err != nil:
		fmt.Println("not sent:", err)
	default:
		fmt.Println("sent")
	}
	arrived, err := server.Mailbox("ben").WaitFor(ctx, mapitest.Inbox, nil)
	fmt.Println(mapi.PidTagSubject.Get(arrived.Props), err)
	// Output:
	// sent
	// Lunch? <nil>
}

// Reading: a table lists what is in a folder, and a message is opened by its
// id. Attachments and long values are streams.
func ExampleMailbox_Open() {
	server, options := exampleServer()
	defer server.Close()
	m := letter("anna@example.test", "The figures", "As you asked.")
	m.Attachments = []mapi.Attachment{{
		Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachByValue), mapi.PidTagAttachLongFilename.Of("figures.csv")},
		Data:  mapi.BytesStream([]byte("1;2;3\n")),
	}}
	if _, err := server.Mailbox("anna").Deliver(m); err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	client, err := mapiclient.New(options)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	mailbox, err := client.OpenMailbox(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer mailbox.Close(ctx)

	inbox := mailbox.SpecialFolder(rop.FolderInbox)
	rows, err := mailbox.Messages(ctx, inbox, mapiclient.Query{Columns: []mapi.PropTag{mapi.PidTagSubject.Tag()}})
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range rows {
		message, err := mailbox.Open(ctx, inbox, row.ID, mapiclient.OpenOptions{})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(mapi.PidTagSubject.Get(message.Props))
		for _, a := range message.Attachments {
			data, err := a.Data.Open(ctx)
			if err != nil {
				log.Fatal(err)
			}
			content, err := io.ReadAll(data)
			data.Close()
			fmt.Printf("%s: %q %v\n", mapi.PidTagAttachLongFilename.Get(a.Props), content, err)
		}
		message.Close()
	}
	// Output:
	// The figures
	// figures.csv: "1;2;3\n" <nil>
}

// Waiting for mail: the server is asked to tell of changes in a folder, and what
// has changed is read from it. Package watch does so for many mailboxes.
func ExampleMailbox_Wait() {
	server, options := exampleServer()
	defer server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	client, err := mapiclient.New(options)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	mailbox, err := client.OpenMailbox(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer mailbox.Close(ctx)

	inbox := mailbox.SpecialFolder(rop.FolderInbox)
	before, err := mailbox.WatchState(ctx, inbox)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := server.Mailbox("anna").Deliver(letter("anna@example.test", "News", "")); err != nil {
		log.Fatal(err)
	}
	if _, err := mailbox.Wait(ctx); err != nil {
		log.Fatal(err)
	}
	after, err := mailbox.FolderState(ctx, inbox)
	fmt.Println(after.Count-before.Count, "more", err)
	// Output: 1 more <nil>
}

// The address book tells who has an address, and which others they have.
func ExampleClient_AddressBook() {
	server, options := exampleServer()
	defer server.Close()
	ctx := context.Background()
	client, err := mapiclient.New(options)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	book, err := client.AddressBook(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer book.Close(ctx)
	entry, err := book.ByAddress(ctx, "ben@example.test")
	if err != nil || entry == nil {
		log.Fatal(entry, err)
	}
	fmt.Println(mapi.PidTagDisplayName.Get(entry.Props), entry.Proxies())
	// Output: ben [ben@example.test]
}
