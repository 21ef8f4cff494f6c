package mapping

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/mime"
	"github.com/mapigate/mapigate/mapping/report"
)

// expectedStatuses reads what the corpus expects of each bounce: the status of
// each recipient, "" where there is none.
func expectedStatuses(t *testing.T, dir string) map[string][]string {
	table, err := os.ReadFile(filepath.Join(dir, "set-of-emails__EXPECTED.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	for _, line := range strings.Split(string(table), "\n") {
		if f := strings.Split(line, "\t"); len(f) > 2 && !strings.HasPrefix(line, "#") {
			want[f[0]] = append(want[f[0]], f[2])
		}
	}
	return want
}

// What a report's machine-readable fields say, found in its raw text and not
// by the reader that is tested.
var (
	rawStatus    = regexp.MustCompile(`(?im)^status:[ \t]*([245]\.[0-9]{1,3}\.[0-9]{1,3})`)
	rawRecipient = regexp.MustCompile(`(?im)^(?:final|original)-recipient:[ \t]*(?:[a-z0-9-]+[ \t]*;)?[ \t]*<?([^\s>]+)`)
	rawAction    = regexp.MustCompile(`(?im)^action:[ \t]*([a-z]+)`)
	rawOriginal  = regexp.MustCompile(`(?im)^content-type:[ \t]*(?:message/rfc822|text/rfc822-headers)`)
	rawSubject   = regexp.MustCompile(`(?im)^subject:[ \t]*(\S.*(?:\n[ \t].*)*)`)
	rawMessageID = regexp.MustCompile(`(?im)^message-id:[ \t]*(\S+)`)
)

// said gives what a pattern finds in a report, in lower case.
func said(pattern *regexp.Regexp, raw string) map[string]bool {
	out := map[string]bool{}
	for _, m := range pattern.FindAllStringSubmatch(raw, -1) {
		out[strings.ToLower(m[1])] = true
	}
	return out
}

// unstated tells whether an expected status is one that its author's program
// numbers bounces with that state none: they have D.0.9nn.
func unstated(status string) bool { return len(status) == 7 && status[1:5] == ".0.9" }

// A reportCount counts what of the delivery reports is as expected.
type reportCount struct {
	files, recipients, rows     int
	exact, ofField, ofClass     int // status: as expected; as the Status field has it; of the class where none is stated
	literal                     int // PidTagSupplementaryInfo has the Status field
	actions, addresses          int
	originals, originalsToRead  int
	bySchema, byText, withoutIt int // files that are no delivery report
}

// add counts one report.
func (c *reportCount) add(t *testing.T, name string, raw string, msg *mapi.Message, want []string) {
	c.files++
	c.rows += len(want)
	c.recipients += len(msg.Recipients)
	raw = strings.ReplaceAll(strings.ReplaceAll(raw, "\r\n", "\n"), "\r", "\n")
	joined := strings.ReplaceAll(raw, "=\n", "") // soft line breaks
	fields, recipients, actions := said(rawStatus, joined), said(rawRecipient, joined), said(rawAction, joined)
	for i, rcpt := range msg.Recipients {
		if i >= len(want) {
			t.Errorf("%s: recipient %d is not expected", name, i+1)
			break
		}
		got := statusOf(rcpt.Props, mapi.PidTagSupplementaryInfo.Get(rcpt.Props), "failed").String()
		literal, _ := report.FindStatus(mapi.PidTagSupplementaryInfo.Get(rcpt.Props))
		if len(fields) == 0 || fields[literal.String()] {
			c.literal++
		} else {
			t.Errorf("%s recipient %d: PidTagSupplementaryInfo has %v, the Status fields %v", name, i+1, literal, slices.Collect(maps.Keys(fields)))
		}
		switch {
		case got == want[i]:
			c.exact++
		case unstated(want[i]) && got[0] == want[i][0]:
			c.ofClass++
		case fields[got]:
			c.ofField++
			fmt.Printf("reports, delivery: %s recipient %d: status %s is the field's, expected %s\n", name, i+1, got, want[i])
		default:
			t.Errorf("%s recipient %d: status %s, expected %s", name, i+1, got, want[i])
		}
		if address := strings.ToLower(mapi.PidTagSmtpAddress.Get(rcpt.Props)); recipients[address] {
			c.addresses++
		} else {
			t.Logf("%s recipient %d: address %q, the fields have %v", name, i+1, address, slices.Collect(maps.Keys(recipients)))
		}
	}
	class := mapi.PidTagMessageClass.Get(msg.Props)
	if len(actions) == 0 && class == "REPORT.IPM.Note.NDR" {
		c.actions++
	}
	for _, k := range classes { // worst first
		if actions[k.action] {
			if k.class == class {
				c.actions++
			} else {
				t.Logf("%s: action %s, class %s", name, k.action, class)
			}
			break
		}
	}
	c.addOriginal(t, name, raw, msg)
}

// addOriginal counts whether the report names the message that it is about.
func (c *reportCount) addOriginal(t *testing.T, name, raw string, msg *mapi.Message) {
	at := rawOriginal.FindAllStringIndex(raw, -1)
	if at == nil {
		return
	}
	rest := raw[at[0][1]:]
	subject, id := rawSubject.FindStringSubmatch(rest), rawMessageID.FindStringSubmatch(rest)
	if subject == nil && id == nil {
		return
	}
	c.originalsToRead++
	gotSubject, gotID := mapi.PidTagOriginalSubject.Get(msg.Props), mapi.PidTagOriginalMessageId.Get(msg.Props)
	if subject != nil && folded(mime.DecodeText(subject[1])) == folded(gotSubject) || subject == nil && id[1] == gotID {
		c.originals++
		return
	}
	t.Logf("%s: the original's subject is %q %q, want %q", name, gotSubject, gotID, subject)
}

// TestReportsExpected compares every delivery report of the corpus with what
// is expected of it: the statuses with those of the table, which were read by
// another program out of everything a bounce says; recipients, actions and
// originals with what stands in the report's fields. A status that differs
// from the table's must be the Status field's ([MS-OXCMAIL] 2.2.3.7.1.3), and
// that field always stands in PidTagSupplementaryInfo as it is. Where the table
// has a number of its own for a bounce that states none, the class must be
// right. Bounces that are no report are mail, and only counted.
func TestReportsExpected(t *testing.T) {
	dir := shared(t, "corpus/reports")
	want := expectedStatuses(t, dir)
	var c reportCount
	missing := 0
	for _, name := range slices.Sorted(maps.Keys(want)) {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			missing++
			continue
		}
		res, err := ToMAPI(context.Background(), bytes.NewReader(raw), ToMAPIOptions{})
		if err != nil {
			t.Fatal(err)
		}
		switch kind := parse(t, raw); {
		case isDeliveryReport(res.Message.Props):
			c.add(t, name, string(raw), res.Message, want[name])
		case kind.Type == "multipart/report" && kind.Params.Get("report-type") == "feedback-report":
			c.bySchema++
		case kind.Type == "multipart/report":
			c.withoutIt++
			t.Logf("%s: a multipart/report without a recipient in fields", name)
		default:
			c.byText++
		}
	}
	fmt.Printf("reports, delivery: %d files, %d recipients of %d expected; status %d as expected of %d that are stated, %d as the Status field has it; %d that none states of the right class; Status field kept %d; address %d; action %d of %d files; original %d of %d\n",
		c.files, c.recipients, c.rows, c.exact, c.rows-c.ofClass, c.ofField, c.ofClass, c.literal, c.addresses, c.actions, c.files, c.originals, c.originalsToRead)
	fmt.Printf("reports, read as ordinary mail: %d bounces in words, %d feedback reports, %d multipart/report without a recipient in fields; %d expected files are not in the corpus\n", c.byText, c.bySchema, c.withoutIt, missing)
	for _, part := range []struct {
		what      string
		got, want int
	}{
		{"recipients", c.recipients, c.rows}, {"statuses", c.exact, c.rows - c.ofClass}, {"addresses", c.addresses, c.rows},
		{"actions", c.actions, c.files}, {"originals", c.originals, c.originalsToRead},
	} {
		if part.got*100 < part.want*99 {
			t.Errorf("%s: %d of %d", part.what, part.got, part.want)
		}
	}
	if c.files < 160 {
		t.Errorf("only %d delivery reports", c.files)
	}
}

// TestStatusOfReply: what the remote host answered goes before the Status
// field, which stays in PidTagSupplementaryInfo and in the report that is written.
func TestStatusOfReply(t *testing.T) {
	for _, tt := range []struct{ fields, text, want, supplementary string }{
		{"Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.7.1 IP address blacklisted", "", "5.7.1", "<#5.1.1 smtp; 550 5.7.1 IP address blacklisted>"},
		{"Status: 4.4.7\nDiagnostic-Code: smtp; 554 4.4.7 expired <421 4.4.2 timed out>", "", "4.4.2", "<#4.4.7 smtp; 554 4.4.7 expired <421 4.4.2 timed out>>"},
		{"Status: 5.0.0", "b@example.com: 552 5.2.2 Mailbox full", "5.2.2", "<#5.0.0>"},
		{"Status: 5.0.0", "b@example.com: 452 4.2.2 Mailbox full", "5.0.0", "<#5.0.0>"}, // of another class
		{"Status: 5.7.26", "", "5.7.26", "<#5.7.26>"},
		{"Status: 5.1.1", "b@example.com: 552 5.2.2 Mailbox full", "5.1.1", "<#5.1.1>"}, // tells enough
	} {
		raw := "From: <>\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\n" + tt.text + "\n\n--b\nContent-Type: message/delivery-status\n\n" +
			"Reporting-MTA: dns; x.example\n\nFinal-Recipient: rfc822; b@example.com\nAction: failed\n" + tt.fields + "\n\n--b--\n"
		out, in, _ := roundTrip(t, []byte(raw))
		ps := in.Message.Recipients[0].Props
		info := mapi.PidTagSupplementaryInfo.Get(ps)
		if got := statusOf(ps, info, "failed").String(); got != tt.want || info != tt.supplementary {
			t.Errorf("%q, %q: status %s, %s; want %s, %s", tt.fields, tt.text, got, info, tt.want, tt.supplementary)
		}
		if field, _, _ := strings.Cut(tt.fields, "\n"); !strings.Contains(string(out), field) {
			t.Errorf("%q is not in:\n%s", field, out)
		}
	}
}

// TestReportWritten makes reports of properties alone and reads them again.
func TestReportWritten(t *testing.T) {
	msg := &mapi.Message{Props: mapi.Props{
		mapi.PidTagMessageClass.Of("REPORT.IPM.Note.NDR"), mapi.PidTagSubject.Of("Undeliverable: x"), mapi.PidTagReportText.Of("Sorry."),
		mapi.PidTagReportingMessageTransferAgent.Of("gate.example.com"),
	}}
	receivedByTags.set(&msg.Props, smtpParty("Ann", "ann@example.com"))
	row := smtpParty("Bob", "bob@example.net").recipient(mapi.RecipientTo)
	row.Props.Set(mapi.PidTagSupplementaryInfo.Of("<mx.example.net #5.7.60 smtp;550 5.7.60 no>"))
	msg.Recipients = append(msg.Recipients, row)
	var out bytes.Buffer
	if _, err := ToMIME(context.Background(), &out, msg, ToMIMEOptions{}); err != nil {
		t.Fatal(err)
	}
	root := parse(t, out.Bytes())
	if root.Type != "multipart/report" || len(root.Parts) < 2 || root.Header.Get("To") != "Ann <ann@example.com>" {
		t.Fatalf("not a report to Ann:\n%s", out.Bytes())
	}
	d, ok := report.ParseDelivery(read(t, root.Parts[1].Open()))
	if !ok || d.Recipients[0].Address() != "bob@example.net" || d.Recipients[0].Action() != "failed" {
		t.Fatalf("delivery status is %+v", d)
	}
	if s, _ := d.Recipients[0].Status(); s.String() != "5.7.60" {
		t.Errorf("status is %v", s)
	}
	env, err := Envelope(context.Background(), msg, nil)
	if err != nil || len(env.Recipients) != 1 || env.Recipients[0].Address != "ann@example.com" {
		t.Errorf("a report would go to %+v (%v)", env, err)
	}
}

// TestReadReceiptWritten makes a read receipt of properties alone and reads it
// again, with the key that ties it to its message. [MS-OXCMAIL] 2.1.3.6.2
func TestReadReceiptWritten(t *testing.T) {
	msg := &mapi.Message{Props: mapi.Props{
		mapi.PidTagMessageClass.Of("REPORT.IPM.Note.IPNRN"), mapi.PidTagSubject.Of("Read: x"), mapi.PidTagReportText.Of("It was read."),
		mapi.PidTagOriginalMessageId.Of("<1@example.com>"), mapi.PidTagParentKey.Of([]byte{1, 2, 3}),
	}}
	senderTags.set(&msg.Props, smtpParty("Bob", "bob@example.net"))
	representingTags.set(&msg.Props, smtpParty("Team", "team@example.net"))
	msg.Recipients = append(msg.Recipients, smtpParty("Ann", "ann@example.com").recipient(mapi.RecipientTo))
	var out bytes.Buffer
	res, err := ToMIME(context.Background(), &out, msg, ToMIMEOptions{})
	if err != nil || len(res.Losses) != 0 {
		t.Fatal(err, res.Losses)
	}
	root := parse(t, out.Bytes())
	if root.Type != "multipart/report" || len(root.Parts) < 2 {
		t.Fatalf("not a receipt:\n%s", out.Bytes())
	}
	d, ok := report.ParseDisposition(read(t, root.Parts[1].Open()))
	if !ok || d.Get("Final-Recipient") != "rfc822; bob@example.net" || d.Get("X-Display-Name") != "Bob" || d.Get("X-MSExch-Correlation-Key") != "AQID" || !d.Read() {
		t.Errorf("disposition is %+v", d)
	}
	again, err := ToMAPI(context.Background(), bytes.NewReader(out.Bytes()), ToMAPIOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ps := again.Message.Props
	if mapi.PidTagMessageClass.Get(ps) != "REPORT.IPM.Note.IPNRN" || !bytes.Equal(mapi.PidTagParentKey.Get(ps), []byte{1, 2, 3}) || mapi.PidTagOriginalMessageId.Get(ps) != "<1@example.com>" {
		t.Errorf("it is read as %+v", ps)
	}
}
