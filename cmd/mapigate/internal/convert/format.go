package convert

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/rtf"
)

// A format is what a message may be written as.
type format int

const (
	formatMIME format = iota
	formatJSON
	formatTNEF
	formatMSG
	formatCalendar
	formatCard
	formatRTF
	formatCompressedRTF
)

var (
	tnefSignature = []byte{0x78, 0x9F, 0x3E, 0x22}                         // [MS-OXTNEF] 2.1.1, little-endian
	cfbSignature  = []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1} // [MS-CFB] 2.2
	ByteOrderMark = []byte("\xEF\xBB\xBF")
)

// detect tells the format by the first bytes. No MIME message begins with a
// brace: a field name may, but none does.
func detect(r io.ReaderAt) (format, error) {
	head := make([]byte, 512)
	n, err := r.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	head = head[:n]
	if bytes.HasPrefix(head, tnefSignature) {
		return formatTNEF, nil
	}
	if bytes.HasPrefix(head, cfbSignature) {
		return formatMSG, nil
	}
	if isCompressedRTF(head) {
		return formatCompressedRTF, nil
	}
	switch text := bytes.TrimLeft(bytes.TrimPrefix(head, ByteOrderMark), " \t\r\n"); {
	case bytes.HasPrefix(text, []byte(`{\rtf`)), bytes.HasPrefix(text, []byte(`{\urtf`)):
		return formatRTF, nil
	case bytes.HasPrefix(text, []byte("{")):
		return formatJSON, nil
	case hasPrefixFold(text, "BEGIN:VCALENDAR"):
		return formatCalendar, nil
	case hasPrefixFold(text, "BEGIN:VCARD"):
		return formatCard, nil
	}
	return formatMIME, nil
}

// isCompressedRTF tells whether a file begins as PidTagRtfCompressed does: the
// length, of which no text has the fourth byte, the raw length, the kind.
// [MS-OXRTFCP] 2.1.3.1.1
func isCompressedRTF(head []byte) bool {
	if len(head) < 16 || head[3] != 0 {
		return false
	}
	kind := string(head[8:12])
	return kind == "LZFu" || kind == "MELA"
}

func hasPrefixFold(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && bytes.EqualFold(b[:len(prefix)], []byte(prefix))
}

// maxItem bounds what is no mail and is held in memory: a calendar, a card, rich text.
const maxItem = 16 << 20

// readItem reads all of an input.
func readItem(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxItem+1))
	if err == nil && len(body) > maxItem {
		err = fmt.Errorf("longer than %d MiB", maxItem>>20)
	}
	return body, err
}

// asMail makes a mail of a calendar or card alone: a header that says what it is.
func asMail(in *cli.Input, mediaType string) (*bytes.Reader, error) {
	body, err := readItem(skipMark(in))
	if err != nil {
		return nil, err
	}
	head := "MIME-Version: 1.0\r\nContent-Type: " + mediaType + "; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
	return bytes.NewReader(append([]byte(head), body...)), nil
}

// asNote makes a message of rich text alone. [MS-OXRTFCP]
func asNote(in *cli.Input, packed bool) (*mapi.Message, error) {
	body, err := readItem(skipMark(in))
	if err != nil {
		return nil, err
	}
	if !packed {
		body = rtf.Compress(body)
	}
	return &mapi.Message{Props: mapi.Props{
		mapi.PidTagMessageClass.Of("IPM.Note"),
		mapi.PidTagNativeBody.Of(2), // [MS-OXBBODY] 2.1.1
		mapi.PidTagRtfCompressed.Of(body),
	}}, nil
}

// skipMark reads an input without the byte order mark that editors put in front.
func skipMark(in *cli.Input) io.Reader {
	head := make([]byte, len(ByteOrderMark))
	if n, _ := in.ReadAt(head, 0); bytes.Equal(head[:n], ByteOrderMark) {
		return io.NewSectionReader(in, int64(n), in.Size()-int64(n))
	}
	return io.NewSectionReader(in, 0, in.Size())
}
