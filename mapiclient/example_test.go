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

// exampleOf is the client of one of the example's mailboxes, signed in as a user who need not be its owner.
func exampleOf(s *mapitest.Server, address, user string) *mapiclient.Client {
	client, err := mapiclient.New(mapiclient.Options{
		Address: address, AutodiscoverURL: s.AutodiscoverURL(),
		Auth: auth.NewNTLM(auth.Credentials{User: user, Password: auth.NewSecret("secret")}),
		HTTP: mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: s.CertPool()}},
	})
	if err != nil {
		log.Fatal(err)
	}
	return client
}

// Another's mailbox is opened by its own address, with one's own credentials: who has been given full access may. What the
// account has been given is told by Autodiscover, too.
func ExampleClient_Alternatives() {
	server, _ := exampleServer()
	defer server.Close()
	if err := server.Mailbox("ben").Grant("anna", mapitest.FullAccess); err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	anna := exampleOf(server, "anna@example.test", "anna")
	defer anna.Close()
	shared, err := anna.Alternatives(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, other := range shared {
		client, err := anna.Alternative(other)
		if err != nil {
			log.Fatal(err)
		}
		mailbox, err := client.OpenMailbox(ctx)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(other.Type, other.SMTPAddress, mailbox.Rights()&rop.LogonOwnerRight != 0)
		mailbox.Close(ctx)
		client.Close()
	}
	// Output: Delegate ben@example.test true
}

// Sending in another's name: PidTagSentRepresenting says whose. Whether the account may is found out before the first mail
// depends on it: by the logon where it may open that mailbox, and by a mail to itself where it may not.
func ExampleMailbox_ProbeSend() {
	server, options := exampleServer()
	defer server.Close()
	if err := server.Mailbox("ben").Grant("anna", mapitest.SendOnBehalf); err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	ben := exampleOf(server, "ben@example.test", "anna")
	defer ben.Close()
	right, err := ben.SendRight(ctx)
	fmt.Println(right, err != nil) // anna may not open ben's mailbox

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
	right, err = mailbox.ProbeSend(ctx, "anna@example.test", "ben@example.test")
	fmt.Println(right, err)

	message := letter("carol@elsewhere.test", "On behalf of Ben", "He is away.")
	message.Props = append(message.Props, mapi.PidTagSentRepresentingName.Of("Ben"), mapi.PidTagSentRepresentingAddressType.Of("SMTP"),
		mapi.PidTagSentRepresentingEmailAddress.Of("ben@example.test"), mapi.PidTagSentRepresentingSmtpAddress.Of("ben@example.test"))
	_, err = mailbox.Submit(ctx, message, mapiclient.SubmitOptions{})
	fmt.Println(err)
	// Output:
	// untold true
	// on behalf <nil>
	// <nil>
}

// An administrator opens any mailbox with Options.Admin; without it the server refuses.
func ExampleOptions_admin() {
	server, _ := exampleServer()
	defer server.Close()
	if _, err := server.AddUser(mapitest.User{Name: "admin", Address: "admin@example.test", Password: "secret", Admin: true}); err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	for _, admin := range []bool{false, true} {
		client, err := mapiclient.New(mapiclient.Options{
			Address: "ben@example.test", AutodiscoverURL: server.AutodiscoverURL(),
			Auth:  auth.NewNTLM(auth.Credentials{User: "admin", Password: auth.NewSecret("secret")}),
			HTTP:  mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: server.CertPool()}},
			Admin: admin,
		})
		if err != nil {
			log.Fatal(err)
		}
		mailbox, err := client.OpenMailbox(ctx)
		fmt.Println(admin, err == nil, errors.Is(err, mapi.ErrLoginPerm))
		if err == nil {
			mailbox.Close(ctx)
		}
		client.Close()
	}
	// Output:
	// false false true
	// true true false
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
