package mapitest_test

import (
	"slices"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/nspi"
)

// book makes a client bound to the address book.
func book(t *testing.T, s *mapitest.Server) *client {
	t.Helper()
	c := dial(t, s, "anna", "anna")
	c.url = s.Mailbox("anna").AddressBookURL()
	var resp nspi.BindResponse
	c.must(frame.Bind, &nspi.BindRequest{Stat: nspi.NewStat()}, &resp)
	if resp.ErrorCode != 0 || resp.ServerGUID.IsZero() {
		t.Fatalf("Bind: %+v", resp)
	}
	return c
}

func addressBook(t *testing.T) (*mapitest.Server, *client) {
	t.Helper()
	s := server(t)
	if _, err := s.AddUser(mapitest.User{Name: "ghost", Address: "ghost@example.test", Password: "secret", Hidden: true}); err != nil {
		t.Fatal(err)
	}
	return s, book(t, s)
}

func TestBind(t *testing.T) {
	s := server(t)
	for _, test := range []struct {
		profile *mapitest.Profile
		stat    *nspi.Stat
		want    mapi.ErrorCode
	}{
		{mapitest.ExchangeSE(), nspi.NewStat(), 0},
		{mapitest.ExchangeSE(), nil, mapi.ErrInvalidParameter},
		{mapitest.ExchangeSE(), &nspi.Stat{CodePage: nspi.CodePageUnicode}, mapi.ErrInvalidCodePage},
		{mapitest.Gromox(), &nspi.Stat{CodePage: nspi.CodePageUnicode}, mapi.ErrNotSupported},
	} {
		s := server(t, mapitest.Options{Profile: test.profile})
		c := dial(t, s, "anna", "anna")
		c.url = s.Mailbox("anna").AddressBookURL()
		var resp nspi.BindResponse
		c.must(frame.Bind, &nspi.BindRequest{Stat: test.stat}, &resp)
		if resp.ErrorCode != test.want {
			t.Errorf("%s, %+v: %v, want %v", test.profile.Name, test.stat, resp.ErrorCode, test.want)
		}
	}
	c := dial(t, s, "anna", "anna")
	c.url = s.Mailbox("anna").AddressBookURL()
	a, err := c.send(frame.ResolveNames, &nspi.ResolveNamesRequest{Stat: nspi.NewStat(), Names: []string{"x"}}, nil)
	if err != nil || a.code != frame.CodeMissingCookie {
		t.Errorf("without a Bind: %+v, %v", a, err)
	}
	c = book(t, s)
	var resp nspi.UnbindResponse
	c.must(frame.Unbind, &nspi.UnbindRequest{}, &resp)
	if resp.ErrorCode != nspi.UnbindSuccess {
		t.Errorf("Unbind: %v", resp.ErrorCode)
	}
	if a, err := c.send(frame.Unbind, &nspi.UnbindRequest{}, nil); err != nil || a.code != frame.CodeContextNotFound {
		t.Errorf("a second Unbind: %+v, %v", a, err)
	}
}

func TestResolveNames(t *testing.T) {
	s, c := addressBook(t)
	names := []string{"=SMTP:otto@example.test", "a.aermel@example.test", "Otto Ohm", "Anna", "b", "o", "nobody", "ghost@example.test", "=Otto", s.Mailbox("otto").LegacyDN()}
	want := []nspi.MID{2, 2, 2, 2, 2, 2, 0, 0, 2, 2}
	var resp nspi.ResolveNamesResponse
	c.must(frame.ResolveNames, &nspi.ResolveNamesRequest{Stat: nspi.NewStat(), Names: names,
		Tags: []mapi.PropTag{mapi.PidTagSmtpAddress.Tag(), mapi.PidTagTitle.Tag()}}, &resp)
	if !slices.Equal(resp.MIDs, want) || resp.ErrorCode != 0 || len(resp.Table.Rows) != 8 {
		t.Fatalf("ids %v, %d rows; want %v", resp.MIDs, len(resp.Table.Rows), want)
	}
	if got := mapi.PidTagSmtpAddress.Get(resp.Table.Rows[1]); got != "anna@example.test" {
		t.Errorf("the alias means %q", got)
	}
	if _, err := s.AddUser(mapitest.User{Name: "annabel", Address: "annabel@example.test", Password: "secret", DisplayName: "Annabel"}); err != nil {
		t.Fatal(err)
	}
	c.must(frame.ResolveNames, &nspi.ResolveNamesRequest{Stat: nspi.NewStat(), Names: []string{"ann"}}, &resp)
	if resp.MIDs[0] != nspi.Ambiguous {
		t.Errorf("two that begin alike: %v", resp.MIDs)
	}
}

func TestDNToMIdAndGetProps(t *testing.T) {
	s, c := addressBook(t)
	otto := s.Mailbox("otto")
	var mids nspi.DNToMIdResponse
	c.must(frame.DNToMId, &nspi.DNToMIdRequest{DNs: []string{otto.LegacyDN(), "/o=nobody"}}, &mids)
	if len(mids.MIDs) != 2 || mids.MIDs[0] < 0x10 || mids.MIDs[1] != 0 {
		t.Fatalf("ids %v", mids.MIDs)
	}
	stat := nspi.NewStat()
	stat.CurrentRec = mids.MIDs[0]
	var props nspi.GetPropsResponse
	c.must(frame.GetProps, &nspi.GetPropsRequest{Stat: stat, Tags: []mapi.PropTag{
		mapi.PidTagSmtpAddress.Tag(), mapi.PidTagEmailAddress.Tag(), mapi.PidTagAddressBookProxyAddresses.Tag(), mapi.PidTagTitle.Tag()}}, &props)
	row := *props.Props
	if props.ErrorCode != nspi.ErrorsReturned || mapi.PidTagSmtpAddress.Get(row) != "otto@example.test" || mapi.PidTagEmailAddress.Get(row) != otto.LegacyDN() ||
		!slices.Equal(mapi.PidTagAddressBookProxyAddresses.Get(row), []string{"SMTP:otto@example.test"}) {
		t.Errorf("%v: %v", props.ErrorCode, row)
	}
	if code, ok := row.Error(mapi.PidTagTitle.Tag()); !ok || code != mapi.ErrNotFound {
		t.Errorf("what the entry lacks: %v", row)
	}
	c.must(frame.GetProps, &nspi.GetPropsRequest{Stat: stat}, &props)
	if props.ErrorCode != 0 || mapi.PidTagDisplayName.Get(*props.Props) != "Otto Ohm" {
		t.Errorf("all: %v, %v", props.ErrorCode, props.Props)
	}
	stat.CurrentRec = 0x9999
	c.must(frame.GetProps, &nspi.GetPropsRequest{Stat: stat}, &props)
	if props.ErrorCode != mapi.ErrNotFound {
		t.Errorf("an unknown entry: %v", props.ErrorCode)
	}
}

func TestGetMatches(t *testing.T) {
	_, c := addressBook(t)
	match := func(r mapi.Restriction, n uint32) *nspi.GetMatchesResponse {
		t.Helper()
		var resp nspi.GetMatchesResponse
		c.must(frame.GetMatches, &nspi.GetMatchesRequest{Stat: nspi.NewStat(), Filter: r, RowCount: n, Columns: []mapi.PropTag{mapi.PidTagSmtpAddress.Tag()}}, &resp)
		return &resp
	}
	resp := match(mapi.Contains(mapi.FuzzyPrefix|mapi.FuzzyIgnoreCase, mapi.PidTagDisplayName.Of("b")), 10)
	if len(resp.MIDs) != 1 || mapi.PidTagSmtpAddress.Get(resp.Table.Rows[0]) != "boss@example.test" {
		t.Errorf("%+v", resp)
	}
	// A list is searched by a tag of its elements.
	proxy := mapi.PidTagAddressBookProxyAddresses.Tag()
	resp = match(mapi.PropertyRestriction{RelOp: mapi.RelOpEqual, Tag: proxy, Value: mapi.Prop{Tag: proxy.WithType(mapi.PtypString), Value: "smtp:a.aermel@example.test"}}, 10)
	if len(resp.MIDs) != 1 {
		t.Errorf("by proxy address: %+v", resp)
	}
	if resp = match(mapi.ExistRestriction{Tag: mapi.PidTagDisplayName.Tag()}, 2); resp.ErrorCode != mapi.ErrTableTooBig {
		t.Errorf("more than wanted: %v", resp.ErrorCode)
	}
}

func TestQueryRows(t *testing.T) {
	_, c := addressBook(t)
	query := func(stat *nspi.Stat, n uint32, table ...nspi.MID) *nspi.QueryRowsResponse {
		t.Helper()
		var resp nspi.QueryRowsResponse
		c.must(frame.QueryRows, &nspi.QueryRowsRequest{Stat: stat, RowCount: n, ExplicitTable: table, Columns: []mapi.PropTag{mapi.PidTagDisplayName.Tag()}}, &resp)
		return &resp
	}
	first := query(nspi.NewStat(), 2)
	if len(first.Table.Rows) != 2 || mapi.PidTagDisplayName.Get(first.Table.Rows[1]) != "Bea Boss" || first.Stat.TotalRecs != 3 || first.Stat.NumPos != 2 {
		t.Fatalf("%+v, %v", first.Stat, first.Table)
	}
	rest := query(first.Stat, 10)
	if len(rest.Table.Rows) != 1 || mapi.PidTagDisplayName.Get(rest.Table.Rows[0]) != "Otto Ohm" || rest.Stat.CurrentRec != nspi.EndOfTable {
		t.Errorf("%+v, %v", rest.Stat, rest.Table)
	}
	back := *rest.Stat
	back.Delta = -3
	if again := query(&back, 1); mapi.PidTagDisplayName.Get(again.Table.Rows[0]) != "Anna Ärmel" {
		t.Errorf("three back: %v", again.Table)
	}
	if named := query(nspi.NewStat(), 0, 0x11); len(named.Table.Rows) != 1 || mapi.PidTagDisplayName.Get(named.Table.Rows[0]) != "Otto Ohm" {
		t.Errorf("explicit table: %+v", named)
	}
}

func TestSpecialTableAndURLs(t *testing.T) {
	s, c := addressBook(t)
	var table nspi.GetSpecialTableResponse
	c.must(frame.GetSpecialTable, &nspi.GetSpecialTableRequest{Flags: nspi.SpecialTableUnicode, Stat: nspi.NewStat()}, &table)
	if len(table.Rows) != 1 || mapi.PidTagDisplayName.Get(table.Rows[0]) != "Global Address List" {
		t.Errorf("%+v", table)
	}
	otto := s.Mailbox("otto")
	var url nspi.URLResponse
	c.must(frame.GetAddressBookURL, &nspi.URLRequest{DN: otto.LegacyDN()}, &url)
	if url.URL != otto.AddressBookURL() {
		t.Errorf("the address book is at %q", url.URL)
	}
	c.must(frame.GetMailboxURL, &nspi.URLRequest{DN: otto.LegacyDN()}, &url)
	if url.URL != otto.URL() {
		t.Errorf("the mailbox is at %q", url.URL)
	}
	c.must(frame.GetMailboxURL, &nspi.URLRequest{DN: "/o=x/cn=nowhere"}, &url)
	if url.ErrorCode != mapi.ErrNotFound {
		t.Errorf("an unknown server: %v", url.ErrorCode)
	}
}
