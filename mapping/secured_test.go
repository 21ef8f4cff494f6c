package mapping

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/mime"
	"github.com/mapigate/mapigate/mapping/report"
)

// TestSecuredByteExact holds that signed and encrypted mail of the corpus
// crosses without the change of a byte.
func TestSecuredByteExact(t *testing.T) {
	var signed, opaque, encrypted int
	for _, dir := range []string{"corpus/smime", "corpus/mime"} {
		for _, path := range mails(t, shared(t, dir)) {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			root := parse(t, raw)
			if root.Type == "multipart/signed" && !root.IsMultipart() {
				continue
			}
			var before, after []byte
			out, in, _ := roundTrip(t, raw)
			class := mapi.PidTagMessageClass.Get(in.Message.Props)
			switch again := parse(t, out); {
			case root.Type == "multipart/signed":
				signed++
				before, after = read(t, root.Section()), read(t, again.Section())
				if class != "IPM.Note.SMIME.MultipartSigned" {
					t.Errorf("%s: class %s", filepath.Base(path), class)
				}
			case isCMS(root):
				opaque++
				before, after = read(t, root.Open()), read(t, again.Open())
				if class != "IPM.Note.SMIME" {
					t.Errorf("%s: class %s", filepath.Base(path), class)
				}
			case root.Type == "multipart/encrypted" && len(root.Parts) == 2 && len(again.Parts) == 2:
				encrypted++
				before, after = read(t, root.Parts[1].Open()), read(t, again.Parts[1].Open())
			default:
				continue
			}
			if !bytes.Equal(before, after) {
				t.Errorf("%s: %d bytes became %d", filepath.Base(path), len(before), len(after))
			}
		}
	}
	t.Logf("byte-exact: %d clear-signed, %d opaque, %d PGP/MIME encrypted", signed, opaque, encrypted)
	if signed == 0 || opaque == 0 {
		t.Error("the corpus has no signed mail")
	}
}

func parse(t testing.TB, raw []byte) *mime.Part {
	root, err := mime.Parse(bytes.NewReader(raw), int64(len(raw)), mime.Limits{Depth: 32, Parts: 2000, HeaderBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func read(t testing.TB, r io.Reader) []byte {
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestReportsExpected compares the status of every delivery report of the
// corpus that has one machine-readable with what is expected of it.
func TestReportsExpected(t *testing.T) {
	dir := shared(t, "corpus/reports")
	table, err := os.ReadFile(filepath.Join(dir, "set-of-emails__EXPECTED.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	for _, line := range strings.Split(string(table), "\n") {
		if f := strings.Split(line, "\t"); len(f) > 2 && f[2] != "" && !strings.HasPrefix(line, "#") {
			want[f[0]] = append(want[f[0]], f[2])
		}
	}
	var reports, recipients, exact, class, whole int
	for name, statuses := range want {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			continue
		}
		res, err := ToMAPI(context.Background(), bytes.NewReader(raw), ToMAPIOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if !isDeliveryReport(res.Message.Props) {
			continue
		}
		reports++
		complete := mapi.PidTagReportText.Get(res.Message.Props) != "" || len(mapi.PidTagHtml.Get(res.Message.Props)) > 0
		for i, s := range statuses {
			recipients++
			if i >= len(res.Message.Recipients) {
				continue
			}
			ps := res.Message.Recipients[i].Props
			got := statusOf(ps, mapi.PidTagSupplementaryInfo.Get(ps), "failed").String()
			complete = complete && strings.Contains(mapi.PidTagSmtpAddress.Get(ps), "@")
			if got == s {
				exact++
			}
			if got[0] == s[0] {
				class++
			} else {
				t.Logf("%s recipient %d: status %s, expected %s", name, i+1, got, s)
			}
		}
		if complete {
			whole++
		}
	}
	t.Logf("%d of %d expected are delivery reports; %d recipients: %d statuses exact, %d of the right class; %d reports with text and addresses", reports, len(want), recipients, exact, class, whole)
	if class*100 < recipients*95 {
		t.Errorf("only %d of %d statuses are of the right class", class, recipients)
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
