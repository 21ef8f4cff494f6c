package mapping

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// facts are what another parser reads in a mail and the mapping decides too, in
// one form: addresses as name<address>, message ids without brackets.
type facts map[string]string

// set takes a fact that says something.
func (f facts) set(what, value string) {
	if v := folded(value); v != "" {
		f[what] = v
	}
}

// factsOf are those of a MAPI message.
func factsOf(m *mapi.Message) facts {
	f := facts{}
	f.set("subject", subjectOf(m.Props))
	f.set("message-id", ids(mapi.PidTagInternetMessageId.Get(m.Props)))
	f.set("in-reply-to", ids(mapi.PidTagInReplyToId.Get(m.Props)))
	f.set("references", ids(mapi.PidTagInternetReferences.Get(m.Props)))
	f.set("from", person(representingTags.get(m.Props)))
	byType := map[mapi.RecipientType][]string{}
	for i := range m.Recipients {
		t := m.Recipients[i].Type
		byType[t] = append(byType[t], person(recipientTags.get(m.Recipients[i].Props)))
	}
	f.set("to", strings.Join(byType[mapi.RecipientTo], ", "))
	f.set("cc", strings.Join(byType[mapi.RecipientCc], ", "))
	if entries, err := mapi.ParseFlatEntryList(mapi.PidTagReplyRecipientEntries.Get(m.Props)); err == nil {
		var list []string
		for _, e := range entries {
			if p, ok := parseEntryID(e); ok {
				list = append(list, person(p))
			}
		}
		f.set("reply-to", strings.Join(list, ", "))
	}
	var names []string
	fileNames(m, &names)
	slices.Sort(names)
	f.set("files", strings.Join(names, ", "))
	return f
}

// fileNames collects the names of files, also of those in messages within.
func fileNames(m *mapi.Message, into *[]string) {
	for i := range m.Attachments {
		a := &m.Attachments[i]
		if a.Message != nil {
			fileNames(a.Message, into)
		} else if n := attachmentName(a); n != "" && unnamedMark.Get(a.Props) == "" {
			*into = append(*into, n)
		}
	}
}

func ids(s string) string { return strings.NewReplacer("><", " ", "<", "", ">", "").Replace(s) }

func person(p party) string { return address(p.name, p.smtp) }

// address writes a person; a name that only repeats the address is none.
func address(name, addr string) string {
	name = strings.Trim(folded(name), `"'`)
	if strings.EqualFold(name, addr) {
		name = ""
	}
	return name + "<" + addr + ">"
}

// An expectedAddress is one in the results of either parser.
type expectedAddress struct{ Name, Address, DisplayName, Mailbox string }

func (a expectedAddress) String() string {
	return address(cmp.Or(a.Name, a.DisplayName), cmp.Or(a.Address, a.Mailbox))
}

func persons(list []expectedAddress) string {
	var out []string
	for _, a := range list {
		out = append(out, a.String())
	}
	return strings.Join(out, ", ")
}

// factsOfMailcore reads the result of mailcore2.
func factsOfMailcore(raw []byte) (facts, error) {
	type array struct{ Items []expectedAddress }
	var r struct {
		Header struct {
			Subject, MessageID    string
			InReplyTo, References []string
			From                  expectedAddress
			To, Cc, ReplyTo       array
		}
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, err
	}
	h, f := r.Header, facts{}
	f.set("subject", h.Subject)
	f.set("in-reply-to", strings.Join(h.InReplyTo, " "))
	f.set("references", strings.Join(h.References, " "))
	if h.From != (expectedAddress{}) {
		f.set("from", h.From.String())
	}
	f.set("message-id", h.MessageID)
	f.set("to", persons(h.To.Items))
	f.set("cc", persons(h.Cc.Items))
	f.set("reply-to", persons(h.ReplyTo.Items))
	return f, nil
}

// factsOfStalwart reads the result of stalwart's parser.
func factsOfStalwart(raw []byte) (facts, error) {
	type group struct {
		Addresses []expectedAddress
	}
	type value struct {
		Text     *string
		TextList []string
		Address  *struct {
			List  []expectedAddress
			Group []group
		}
	}
	var r struct {
		Parts []struct {
			Headers []struct {
				Name  any
				Value json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(raw, &r); err != nil || len(r.Parts) == 0 {
		return nil, err
	}
	f := facts{}
	for _, h := range r.Parts[0].Headers {
		name, _ := h.Name.(string)
		var v value
		if json.Unmarshal(h.Value, &v) != nil {
			continue
		}
		name = strings.ReplaceAll(name, "_", "-")
		switch name {
		case "subject", "message-id", "in-reply-to", "references":
			if v.Text != nil {
				f.set(name, *v.Text)
			}
			f.set(name, cmp.Or(strings.Join(v.TextList, " "), f[name]))
		case "from", "to", "cc", "reply-to":
			if v.Address == nil {
				continue
			}
			list := v.Address.List
			for _, g := range v.Address.Group {
				list = append(list, g.Addresses...)
			}
			if name == "from" && len(list) > 1 {
				list = list[:1] // a message has one PidTagSentRepresenting
			}
			f.set(name, persons(list))
		}
	}
	return f, nil
}

// readBetter gives the reason why the mapping reads something otherwise, "" for none.
func readBetter(got, want string) string {
	nameless := func(list string) string { return namePattern.ReplaceAllString(list, "<") }
	switch {
	case strings.HasPrefix(want, "MyMessageID"):
		return "the mail has none; the other parser makes one up"
	case strings.Contains(want, "\ufffd") && !strings.Contains(got, "\ufffd"):
		return "8-bit text without a charset, which the other parser does not read"
	case nameless(got) == nameless(want) && len(got) > len(want):
		return "the name stands in a comment behind the address. RFC 5322 3.4"
	case strings.HasSuffix(got, " "+want):
		return "the phrase in front of the message id is kept. RFC 5322 4.5.4"
	}
	return ""
}

var namePattern = regexp.MustCompile(`[^<>,]+ ?<`)

// TestExpectedFacts compares what two other parsers read in the headers.
func TestExpectedFacts(t *testing.T) {
	for _, source := range []struct {
		name, mails, results string
		result               func(mail string) string
		read                 func([]byte) (facts, error)
	}{
		{"stalwart", "mime", "stalwart-mail-parser__*.eml", func(m string) string { return strings.TrimSuffix(m, ".eml") + ".json" }, factsOfStalwart},
		{"mailcore2", "mime", "mailcore2__parser__input__*", func(m string) string { return strings.Replace(m, "__input__", "__output__", 1) }, factsOfMailcore},
		{"mailcore2", "smime", "mailcore2__parser__input__*", func(m string) string { return strings.Replace(m, "__input__", "__output__", 1) }, factsOfMailcore},
	} {
		mails, err := filepath.Glob(filepath.Join(shared(t, "corpus/"+source.mails), source.results))
		if err != nil {
			t.Fatal(err)
		}
		files, compared, equal, otherwise := 0, 0, 0, 0
		for _, mail := range mails {
			table, err := os.ReadFile(source.result(mail))
			if err != nil {
				continue // it has no result
			}
			want, err := source.read(table)
			if err != nil {
				t.Errorf("%s: %v", filepath.Base(mail), err)
				continue
			}
			raw, err := os.ReadFile(mail)
			if err != nil {
				t.Fatal(err)
			}
			res, err := ToMAPI(context.Background(), bytes.NewReader(raw), ToMAPIOptions{})
			if err != nil {
				t.Fatal(err)
			}
			files++
			got := factsOf(res.Message)
			for _, what := range slices.Sorted(maps.Keys(want)) {
				compared++
				if got[what] == want[what] {
					equal++
				} else if reason := readBetter(got[what], want[what]); reason != "" {
					t.Logf("%s: %s is %q, expected %q: %s", filepath.Base(mail), what, got[what], want[what], reason)
					otherwise++
				} else {
					t.Errorf("%s: %s is %q, expected %q", filepath.Base(mail), what, got[what], want[what])
				}
			}
		}
		fmt.Printf("expected, %s (%s): %d mails, %d of %d facts of the header as expected, %d read otherwise for a reason\n", source.name, source.mails, files, equal, compared, otherwise)
		if files == 0 {
			t.Errorf("no result of %s", source.name)
		}
	}
}
