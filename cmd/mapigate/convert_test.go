package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/rtf"
)

const sampleMail = "From: Anna <anna@example.test>\r\n" +
	"To: bob@example.test\r\n" +
	"Subject: Re: caf\xc3\xa9\r\n" +
	"X-Colour: blue\r\n" +
	"Date: Mon, 2 Mar 2026 10:00:00 +0100\r\n" +
	"Message-ID: <1@example.test>\r\n" +
	"MIME-Version: 1.0\r\n" +
	"Content-Type: multipart/mixed; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n" +
	"--b\r\nContent-Type: application/octet-stream; name=a.bin\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC/w==\r\n--b--\r\n"

func TestConvertToMAPIAndBack(t *testing.T) {
	asJSON := runLine(t, sampleMail, "convert", "--to", "mapi")
	if asJSON.code != cli.Fine {
		t.Fatalf("code %d: %s", asJSON.code, asJSON.err)
	}
	msg, err := mapi.DecodeJSON(strings.NewReader(asJSON.out))
	if err != nil {
		t.Fatal(err)
	}
	if s := mapi.PidTagNormalizedSubject.Get(msg.Props); s != "café" {
		t.Errorf("normalized subject %q", s)
	}
	if len(msg.Recipients) != 1 || len(msg.Attachments) != 1 {
		t.Fatalf("%d recipients, %d attachments", len(msg.Recipients), len(msg.Attachments))
	}
	again := runLine(t, asJSON.out, "convert", "--to", "mapi")
	if again.out != asJSON.out {
		t.Error("JSON in and JSON out differ")
	}
	back := runLine(t, asJSON.out, "convert", "--to", "mime", "-")
	if back.code != cli.Fine {
		t.Fatalf("code %d: %s", back.code, back.err)
	}
	for _, want := range []string{"anna@example.test", "<1@example.test>", "X-Colour: blue", "AAEC/w==", "Mon, 2 Mar 2026"} {
		if !strings.Contains(strings.ToLower(back.out), strings.ToLower(want)) {
			t.Errorf("the way back lost %q:\n%s", want, back.out)
		}
	}
	direct := runLine(t, sampleMail, "convert", "--to", "mime")
	if direct.out != back.out {
		t.Error("MIME to MIME differs from the way by JSON")
	}
}

func TestConvertReadsFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "m.eml")
	if err := os.WriteFile(file, []byte(sampleMail), 0o600); err != nil {
		t.Fatal(err)
	}
	byFile, byPipe := runLine(t, "", "convert", "--to", "mapi", file), runLine(t, sampleMail, "convert", "--to", "mapi")
	if byFile.out != byPipe.out || byFile.out == "" {
		t.Error("a file and standard input give different messages")
	}
}

func TestConvertRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"broken JSON":  "{\"props\": {",
		"unknown name": "{\"props\": {\"PidTagNoSuchThing\": {\"tag\": \"0x0037001F\", \"value\": \"x\"}}}",
	} {
		got := runLine(t, in, "convert", "--to", "mime")
		if got.code != cli.Failed || !strings.Contains(got.err, "standard input") {
			t.Errorf("%s: code %d, stderr %q", name, got.code, got.err)
		}
	}
}

func TestConvertListsLosses(t *testing.T) {
	broken := strings.Replace(sampleMail, "--b--\r\n", "", 1)
	got := runLine(t, broken, "convert", "--to", "mapi")
	if got.code != cli.Fine || !strings.Contains(got.err, "mapigate: lost: ") {
		t.Errorf("code %d, stderr %q", got.code, got.err)
	}
}

// TestConvertStrict: with --strict a loss is a failure, after the message was written.
func TestConvertStrict(t *testing.T) {
	if got := runLine(t, sampleMail, "convert", "--strict", "--to", "mapi"); got.code != cli.Fine {
		t.Errorf("nothing is lost: code %d, %s", got.code, got.err)
	}
	broken := strings.Replace(sampleMail, "--b--\r\n", "", 1)
	if got := runLine(t, broken, "convert", "--strict", "--to", "mapi"); got.code != cli.Failed || !strings.Contains(got.err, "1 losses") || !strings.HasPrefix(got.out, "{") {
		t.Errorf("code %d, %q", got.code, got.err)
	}
}

// TestConvertRTF: rich text, packed or not, becomes readable mail.
func TestConvertRTF(t *testing.T) {
	const doc = `{\rtf1\ansi\ansicpg1252 Gr\'fc\'dfe {\b und} mehr\par}`
	for name, in := range map[string]string{"plain": doc, "packed": string(rtf.Compress([]byte(doc)))} {
		got := runLine(t, in, "convert", "--to", "mime")
		if got.code != cli.Fine || !strings.Contains(got.out, "Gr=C3=BC=C3=9Fe und mehr") || !strings.Contains(got.out, "<b>und</b>") {
			t.Errorf("%s: code %d %s\n%s", name, got.code, got.err, got.out)
		}
	}
}
