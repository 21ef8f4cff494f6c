package mapitest_test

import (
	"context"
	"fmt"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

func ExampleServer() {
	s, err := mapitest.New(mapitest.Options{
		Transport: func(_ context.Context, m *mapi.Message, e mapitest.Envelope) error {
			fmt.Println("out to", e.Recipients)
			return nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	anna, err := s.AddUser(mapitest.User{Name: "anna", Address: "anna@example.test", Password: "secret"})
	if err != nil {
		fmt.Println(err)
		return
	}
	// A client finds the mailbox at s.AutodiscoverURL(), or at anna.URL() with
	// anna.LegacyDN(), and trusts s.CertPool(). Its third save will meet a busy server.
	s.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.SaveChangesMessage), Nth: 3, Code: mapi.ErrServerBusy})

	if _, err := anna.Deliver(&mapi.Message{Props: mapi.Props{mapi.PidTagSubject.Of("hello")}}); err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	m, err := anna.WaitFor(ctx, mapitest.Inbox, nil)
	fmt.Println(mapi.PidTagSubject.Get(m.Props), err)
	// Output: hello <nil>
}
