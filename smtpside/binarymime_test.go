package smtpside

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/emersion/go-message"
)

// text puts a binary message through the server's reader, with the checks behind it.
func binaryAsText(in string) (string, error) {
	r := &chunkReader{r: newBinaryReader(iotest.HalfReader(strings.NewReader(in)))}
	out, err := io.ReadAll(r)
	return string(out), err
}

func TestBinaryMIME(t *testing.T) {
	const cte = "Content-Transfer-Encoding: "
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for _, tt := range []struct {
		name, in, want string
		err            error
	}{
		{"nothing binary", "Subject: x\r\n\r\nhello\r\n--\r\n", "Subject: x\r\n\r\nhello\r\n--\r\n", nil},
		{"one part", cte + "Binary\r\nSubject: x\r\n\r\na\x00b\n\r\n\r", cte + "base64\r\nSubject: x\r\n\r\n" + b64("a\x00b\n\r\n\r") + "\r\n", nil},
		{"ends with a line", cte + "binary\r\n\r\nab\r\n", cte + "base64\r\n\r\n" + b64("ab\r\n") + "\r\n", nil},
		{"empty", cte + "binary\r\n\r\n", cte + "base64\r\n\r\n", nil},
		{"header alone", cte + "binary\r\n", cte + "binary\r\n", nil},
		{"parts", "Content-Type: multipart/mixed; boundary=b\r\n" + cte + "binary\r\n\r\n--b\r\n\r\ntext\r\n--b \r\n" + cte + "binary\r\n\r\n\n--b\r\x00\r\n--b--\r\nend\r\n",
			cte + "8bit\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b \r\n" + cte + "base64\r\n\r\n" + b64("\n--b\r\x00") + "\r\n--b--\r\nend\r\n", nil},
		{"a message in it", "Content-Type: message/rfc822\r\n" + cte + "binary\r\n\r\nContent-Type: multipart/x; boundary=i\r\n\r\n--i\r\n" + cte + "binary\r\n\r\n\xff\r\n--i--",
			cte + "8bit\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: multipart/x; boundary=i\r\n\r\n--i\r\n" + cte + "base64\r\n\r\n" + b64("\xff") + "\r\n--i--", nil},
		{"an outer boundary ends inner ones", "Content-Type: multipart/x; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/x; boundary=i\r\n\r\n--i\r\n" + cte + "binary\r\n\r\n\x01\r\n--o--\r\n",
			"Content-Type: multipart/x; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/x; boundary=i\r\n\r\n--i\r\n" + cte + "base64\r\n\r\n" + b64("\x01") + "\r\n--o--\r\n", nil},
		{"signed", "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n" + cte + "binary\r\n\r\nx\r\n--b--\r\n", "", errSealedBinary},
		{"signed text", "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n" + cte + "8bit\r\n\r\nx\r\n--b--\r\n", "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n" + cte + "8bit\r\n\r\nx\r\n--b--\r\n", nil},
		{"NUL in text", "Subject: x\r\n\r\na\x00b\r\n", "", errNUL},
		{"bare LF in text", "Subject: x\r\n\r\na\nb\r\n", "", errBareLF},
		{"bare LF in a header", "Subject: x\n\r\n\r\nb\r\n", "", errBareLF},
		{"bare LF before a boundary is none", "Content-Type: multipart/x; boundary=b\r\n\r\n--b\r\n" + cte + "binary\r\n\r\nx\n--b--", "Content-Type: multipart/x; boundary=b\r\n\r\n--b\r\n" + cte + "base64\r\n\r\n" + b64("x\n--b--") + "\r\n", nil},
	} {
		got, err := binaryAsText(tt.in)
		if !errors.Is(err, tt.err) || err == nil && got != tt.want {
			t.Errorf("%s:\n%q, %v; want\n%q, %v", tt.name, got, err, tt.want, tt.err)
		}
	}
}

// An independent reader finds the very octets that were sent, of any length, over BDAT.
func TestBinaryMIMEOverBDAT(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	for _, size := range []int{0, 1, 56, 57, 58, 5000, 300_000} {
		octets := make([]byte, size)
		random.Read(octets)
		in := "From: a@b\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=_x\"\r\nContent-Transfer-Encoding: binary\r\n\r\n--=_x\r\n\r\ntext\r\n--=_x\r\n" +
			"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: BINARY\r\n\r\n" + string(octets) + "\r\n--=_x--\r\n"
		book := &notebook{}
		_, addr := startServer(t, ServerOptions{Backend: book, Trusted: loopback})
		k := dialTalk(t, addr)
		k.play(hi + "C: MAIL FROM:<a@b> BODY=BINARYMIME\nS: 250\nC: RCPT TO:<c@d>\nS: 250")
		half := len(in) / 2
		for _, chunk := range []string{in[:half], in[half:]} {
			io.WriteString(k.conn, "BDAT "+strconv.Itoa(len(chunk))+"\r\n"+chunk)
			k.play("S: 250")
		}
		k.play("C: BDAT 0 LAST\nS: 250 2.0.0 queued as 42")
		entity, err := message.Read(strings.NewReader(book.body(0)))
		if err != nil {
			t.Fatal(err)
		}
		parts := entity.MultipartReader()
		var got []byte
		for range 2 {
			part, err := parts.NextPart()
			if err != nil {
				t.Fatal(err)
			}
			if got, err = io.ReadAll(part.Body); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(got, octets) {
			t.Errorf("%d octets came out as %d others", size, len(got))
		}
		if entity.Header.Get("Content-Transfer-Encoding") != "8bit" {
			t.Errorf("the message is %q", entity.Header.Get("Content-Transfer-Encoding"))
		}
	}
}

// Whatever comes in, what goes on is text.
func FuzzBinaryMIME(f *testing.F) {
	f.Add("Content-Type: multipart/x; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: binary\r\n\r\nx\x00\r\n--b--\r\n")
	f.Add("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: binary\r\n\r\nContent-Transfer-Encoding: binary\r\n\r\n\x00")
	f.Fuzz(func(t *testing.T, in string) {
		out, err := binaryAsText(in)
		if err != nil {
			return
		}
		if bare := strings.ReplaceAll(out, "\r\n", ""); strings.ContainsAny(bare, "\r\n\x00") {
			t.Errorf("%q becomes %q", in, out)
		}
		if again, err := binaryAsText(out); err != nil || again != out && !strings.Contains(strings.ToLower(out), "binary") {
			t.Errorf("%q becomes %q, and that %q, %v", in, out, again, err)
		}
	})
}
