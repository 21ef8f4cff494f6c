package mapiclient_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

func addresses(list []mapiclient.Entry) (all []string) {
	for _, e := range list {
		all = append(all, e.SMTPAddress())
	}
	slices.Sort(all)
	return all
}

// The members of a list are those that the server knows; lists in it are told as lists.
func TestMembers(t *testing.T) {
	s, opts := newExchange(t)
	for _, u := range []mapitest.User{
		{Name: "inner", Address: "inner@example.test", Members: []string{"bob@example.test"}},
		{Name: "outer", Address: "outer@example.test", Members: []string{"alice", "inner", "stranger@elsewhere.test"}},
	} {
		if _, err := s.AddUser(u); err != nil {
			t.Fatal(err)
		}
	}
	book := openBook(t, opts)
	list, err := book.ByAddress(t.Context(), "outer@example.test")
	if err != nil || list == nil || !list.IsList() || list.IsMailbox() {
		t.Fatalf("the list is %+v, %v", list, err)
	}
	members, err := book.Members(t.Context(), list.DN(), 10)
	if err != nil || !slices.Equal(addresses(members), []string{"alice@example.test", "inner@example.test"}) {
		t.Errorf("members %q, %v", addresses(members), err)
	}
	if few, err := book.Members(t.Context(), list.DN(), 1); err != nil || len(few) != 1 {
		t.Errorf("at most one: %q, %v", addresses(few), err)
	}
	if _, err := book.Members(t.Context(), "/o=nobody", 1); err == nil {
		t.Error("nobody has members")
	}
}

// The whole directory comes in portions.
func TestDirectory(t *testing.T) {
	s, opts := newExchange(t)
	for i := range 450 {
		if _, err := s.AddUser(mapitest.User{Name: fmt.Sprint("user", i), Address: fmt.Sprintf("user%d@example.test", i), Department: "Sales"}); err != nil {
			t.Fatal(err)
		}
	}
	checkDirectory(t, opts, 452, "user449@example.test", "Sales")
	if n := s.Count(mapitest.Request("QueryRows")); n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
}

func TestDirectoryOfRealServer(t *testing.T) {
	if os.Getenv("MAPI_TEST_NSPI_URL") == "" {
		t.Skip("MAPI_TEST_NSPI_URL is not set: no real server to run against")
	}
	checkDirectory(t, realServer(t), 2, os.Getenv("MAPI_TEST_USER"), "")
}

func checkDirectory(t *testing.T, opts mapiclient.Options, least int, wanted, department string) {
	t.Helper()
	book := openBook(t, opts)
	var all []mapiclient.Entry
	if err := book.All(t.Context(), func(e mapiclient.Entry) error { all = append(all, e); return nil }); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, e := range all {
		seen[e.DN()] = true
		if strings.EqualFold(e.SMTPAddress(), wanted) && mapi.PidTagDepartmentName.Get(e.Props) != department {
			t.Errorf("%s is of department %q", wanted, mapi.PidTagDepartmentName.Get(e.Props))
		}
	}
	if len(all) < least || len(seen) != len(all) || !slices.Contains(addresses(all), wanted) {
		t.Errorf("%d entries, %d of them different", len(all), len(seen))
	}
}
