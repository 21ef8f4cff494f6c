package mapitest_test

import (
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A deed is something that a delegate tries in anna's Inbox, which holds a message.
type deed struct {
	name string
	// needs are the rights of which any is enough beside being its owner.
	needs mapitest.FolderRights
	do    func(c *client, inbox uint32, id mapi.MessageID) error
}

func deeds() []deed {
	try := func(_ any, err error) error { return err }
	return []deed{
		{"list", mapitest.RightReadAny, func(c *client, inbox uint32, _ mapi.MessageID) error {
			return try(one(c, inbox, &rop.GetContentsTableRequest{}))
		}},
		{"read", mapitest.RightReadAny, func(c *client, _ uint32, id mapi.MessageID) error {
			return try(one(c, c.logon, &rop.OpenMessageRequest{CodePageID: rop.CodePageLogon, FolderID: c.folders[rop.FolderInbox], MessageID: id}))
		}},
		{"edit", mapitest.RightEditAny, func(c *client, _ uint32, id mapi.MessageID) error {
			return try(one(c, c.logon, &rop.OpenMessageRequest{CodePageID: rop.CodePageLogon, FolderID: c.folders[rop.FolderInbox], OpenModeFlags: rop.MessageReadWrite, MessageID: id}))
		}},
		{"create", mapitest.RightCreate, func(c *client, _ uint32, _ mapi.MessageID) error {
			return try(one(c, c.logon, &rop.CreateMessageRequest{CodePageID: rop.CodePageLogon, FolderID: c.folders[rop.FolderInbox]}))
		}},
		{"delete", mapitest.RightDeleteAny, func(c *client, inbox uint32, _ mapi.MessageID) error {
			return try(one(c, inbox, &rop.DeleteMessagesRequest{}))
		}},
		{"copy", mapitest.RightReadAny & mapitest.RightCreate, func(c *client, inbox uint32, id mapi.MessageID) error {
			b := rop.NewBatch(0)
			call := rop.AddTo(b, b.Use(inbox), b.Use(inbox), &rop.MoveCopyMessagesRequest{MessageIDs: []mapi.MessageID{id}, WantCopy: true})
			c.run(b)
			return try(call.Result())
		}},
		{"subfolder", mapitest.RightCreateSubfolder, func(c *client, inbox uint32, _ mapi.MessageID) error {
			return try(one(c, inbox, &rop.CreateFolderRequest{FolderType: rop.FolderGeneric, DisplayName: "new", OpenExisting: true}))
		}},
		{"describe", mapitest.RightOwner, func(c *client, inbox uint32, _ mapi.MessageID) error {
			return try(one(c, inbox, &rop.SetPropertiesRequest{Props: mapi.Props{mapi.PidTagComment.Of("mine")}}))
		}},
		{"download", mapitest.RightReadAny, func(c *client, inbox uint32, id mapi.MessageID) error {
			return try(one(c, inbox, &rop.FastTransferSourceCopyMessagesRequest{MessageIDs: []mapi.MessageID{id}, SendOptions: rop.SendUnicode}))
		}},
		{"submit", 0, func(c *client, _ uint32, _ mapi.MessageID) error {
			h, _ := create(c, c.logon, &rop.CreateMessageRequest{CodePageID: rop.CodePageLogon, FolderID: c.folders[rop.FolderInbox]})
			_, err := one(c, h, &rop.SubmitMessageRequest{})
			return err
		}},
		{"store", 0, func(c *client, _ uint32, _ mapi.MessageID) error {
			return try(one(c, c.logon, &rop.SetPropertiesRequest{Props: mapi.Props{mapi.PidTagComment.Of("mine")}}))
		}},
	}
}

// TestFolderRights gives a delegate each set of rights and tries everything.
func TestFolderRights(t *testing.T) {
	for name, rights := range map[string]mapitest.FolderRights{
		"reviewer": mapitest.RightsReviewer, "contributor": mapitest.RightsContributor, "editor": mapitest.RightsEditor, "owner": mapitest.RightsOwner,
	} {
		t.Run(name, func(t *testing.T) {
			s := server(t)
			anna := s.Mailbox("anna")
			id, err := anna.Deposit(mapitest.Inbox, &mapi.Message{})
			if err != nil {
				t.Fatal(err)
			}
			if err := anna.GrantFolder(mapitest.Inbox, "otto", rights); err != nil {
				t.Fatal(err)
			}
			c, err := guest(t, s)
			if err != nil {
				t.Fatal(err)
			}
			inbox := c.openFolder(c.folders[rop.FolderInbox])
			for _, d := range deeds() {
				if d.name == "submit" && rights&mapitest.RightCreate == 0 {
					continue
				}
				code := codeOf(t, d.do(c, inbox, id))
				if d.name == "submit" || d.name == "store" {
					if code != mapi.ErrAccessDenied {
						t.Errorf("%s: %v; only who has the whole mailbox may", d.name, code)
					}
					continue
				}
				want := rights&mapitest.RightOwner != 0 || rights&d.needs != 0
				if d.name == "copy" {
					want = rights&mapitest.RightReadAny != 0 && rights&mapitest.RightCreate != 0
				}
				if (code == 0) != want || !want && code != mapi.ErrAccessDenied {
					t.Errorf("%s: %v, allowed should be %v", d.name, code, want)
				}
			}
			_, err = one(c, c.logon, &rop.OpenFolderRequest{FolderID: c.folders[rop.FolderSentItems]})
			wantCode(t, "a folder without rights", err, mapi.ErrNotFound)
		})
	}
}

// TestEverybodysRights gives rights to all, but for one who has none of their own.
func TestEverybodysRights(t *testing.T) {
	s := server(t)
	anna := s.Mailbox("anna")
	if err := anna.GrantFolder(mapitest.Inbox, mapitest.Everybody, mapitest.RightsReviewer); err != nil {
		t.Fatal(err)
	}
	c, err := guest(t, s)
	if err != nil {
		t.Fatal(err)
	}
	c.openFolder(c.folders[rop.FolderInbox])
	if err := anna.GrantFolder(mapitest.Inbox, "otto", 0); err != nil {
		t.Fatal(err)
	}
	_, err = one(c, c.logon, &rop.OpenFolderRequest{FolderID: c.folders[rop.FolderInbox]})
	wantCode(t, "after the rights were taken away", err, mapi.ErrNotFound)
	if anna.GrantFolder("Nowhere", "otto", 1) == nil || anna.GrantFolder(mapitest.Inbox, "nobody", 1) == nil {
		t.Error("rights were given to nobody, or to nothing")
	}
}

// TestLogonFlags tells owners of the mailbox from those who have less.
func TestLogonFlags(t *testing.T) {
	s := server(t)
	anna := s.Mailbox("anna")
	if err := anna.GrantFolder(mapitest.Inbox, "otto", mapitest.RightsReviewer); err != nil {
		t.Fatal(err)
	}
	flags := func() rop.ResponseFlags {
		c := dial(t, s, "otto", "anna")
		c.connect()
		return c.logOn().ResponseFlags
	}
	if f := flags(); f != rop.LogonReserved {
		t.Errorf("a reviewer logs on with flags %v", f)
	}
	if err := anna.Grant("otto", mapitest.FullAccess); err != nil {
		t.Fatal(err)
	}
	if f := flags(); f != rop.LogonReserved|rop.LogonOwnerRight {
		t.Errorf("with full access: flags %v", f)
	}
	if err := anna.Grant("otto", mapitest.SendAs); err != nil {
		t.Fatal(err)
	}
	if f := flags(); f != rop.LogonReserved|rop.LogonOwnerRight|rop.LogonSendAsRight {
		t.Errorf("with send-as too: flags %v", f)
	}
}
