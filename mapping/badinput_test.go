//go:build unix

package mapping

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/msg"
)

// cpuTime is the processor time this process has used: unlike the clock it
// does not run while others have the machine.
func cpuTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// What one file may cost: processor time, and bytes allocated (far more than
// are ever held at once) beyond a multiple of its size.
const (
	maxCPU        = time.Second
	maxAllocated  = 96 << 20
	maxAllocRatio = 64
)

// asItem gives what is no mail as a mail of one part.
func asItem(mediaType string, raw []byte) []byte {
	head := "MIME-Version: 1.0\r\nContent-Type: " + mediaType + "\r\nContent-Transfer-Encoding: binary\r\n\r\n"
	return append([]byte(head), raw...)
}

// bothWays takes the bytes of a corpus file to MAPI and back to MIME, whatever they are.
func bothWays(ctx context.Context, kind string, raw []byte) error {
	var message *mapi.Message
	switch kind {
	case "msg":
		res, err := msg.Read(ctx, bytes.NewReader(raw), msg.Options{})
		if err != nil {
			return err
		}
		message = res.Message
	case "rtf":
		message = &mapi.Message{Props: mapi.Props{mapi.PidTagRtfCompressed.Of(raw)}}
	default:
		types := map[string]string{"tnef": "application/ms-tnef", "ical": "text/calendar", "vcard": "text/vcard"}
		if t := types[kind]; t != "" {
			raw = asItem(t, raw)
		}
		res, err := ToMAPI(ctx, bytes.NewReader(raw), ToMAPIOptions{})
		if err != nil {
			return err
		}
		message = res.Message
	}
	_, err := ToMIME(ctx, io.Discard, message, ToMIMEOptions{})
	return err
}

// TestBadInputCost takes every file of the corpus, damaged ones and those that
// are no mail too, and the first half of each, both ways: within a second of
// processor time and the memory limit, without a panic.
func TestBadInputCost(t *testing.T) {
	if testing.Short() {
		t.Skip("reads the whole corpus twice")
	}
	ctx := context.Background()
	var files, refused, panics int
	var worst, worstBytes struct {
		name string
		n    int64
	}
	for _, kind := range []string{"mime", "reports", "smime", "tnef", "rtf", "ical", "vcard", "msg"} {
		dir := shared(t, "corpus/"+kind)
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			whole, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			for i, raw := range [][]byte{whole, whole[:len(whole)/2]} {
				name := fmt.Sprintf("%s/%s (%d of 2)", kind, e.Name(), 2-i)
				files++
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				start := cpuTime(t)
				if !survives(t, name, func() { err = bothWays(ctx, kind, raw) }) {
					panics++
				}
				spent := cpuTime(t) - start
				runtime.ReadMemStats(&after)
				allocated := int64(after.TotalAlloc - before.TotalAlloc)
				if err != nil {
					refused++
					if strings.TrimSpace(err.Error()) == "" {
						t.Errorf("%s: an error without words", name)
					}
				}
				if spent > maxCPU {
					t.Errorf("%s: %v of processor time", name, spent)
				}
				if allocated > maxAllocated+maxAllocRatio*int64(len(raw)) {
					t.Errorf("%s: %d bytes allocated for %d", name, allocated, len(raw))
				}
				if int64(spent) > worst.n {
					worst.name, worst.n = name, int64(spent)
				}
				if allocated > worstBytes.n {
					worstBytes.name, worstBytes.n = name, allocated
				}
			}
		}
	}
	fmt.Printf("bad input: %d whole and halved files, %d refused with an error, %d panics; most processor time %v (%s), most allocated %d MB (%s)\n",
		files, refused, panics, time.Duration(worst.n).Round(time.Millisecond), worst.name, worstBytes.n>>20, worstBytes.name)
}

// TestHostileSpeed holds that a megabyte of the worst takes no more than
// linear time: a second of processor time each, where what is quadratic takes minutes.
func TestHostileSpeed(t *testing.T) {
	fill := func(piece string) string { return strings.Repeat(piece, (900<<10)/len(piece)) }
	for name, raw := range map[string]string{
		"words": "Subject: " + fill("=?a?q?x ") + "\n\nx", "angles": "To: " + fill("<a,") + "\n\nx", "comments": "To: " + fill("(") + "\n\nx", "params": "Content-Type: text/plain; " + fill("a;") + "\n\nx",
		"sections": "Content-Type: text/plain; " + fill("a*1=b;") + "\n\nx", "groups": "To: " + fill("a:;") + "\n\nx", "addresses": "To: " + fill("a@b,") + "\n\nx", "quotes": "To: " + fill("\"a\" ") + "\n\nx",
		"fields": fill("X: y\n") + "\nx", "folds": "X: y\n" + fill(" z\n") + "\nx", "junk lines": "X: y\n" + fill("junk\n") + "\nx", "odd names": "X: y\n" + fill("X-a b: c\n") + "\nx", "dates": "Date: " + fill("1 May ") + "\n\nx",
		"boundaries": "Content-Type: multipart/mixed; boundary=b\n\n" + fill("--x\n"), "parts": "Content-Type: multipart/mixed; boundary=b\n\n" + fill("--b\n\nx\n"), "nested": fill("Content-Type: message/rfc822\n\n"),
		"base64": "Content-Transfer-Encoding: base64\n\n" + fill("QQ=="), "equals": "Content-Transfer-Encoding: quoted-printable\n\n" + fill("="), "references": "References: " + fill("<a>") + "\n\nx", "keywords": "Keywords: " + fill("a,") + "\n\nx",
		"report":        "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n" + fill("Final-Recipient: a;b\n") + "--b--\n",
		"broken report": "Content-Type: multipart/report; report-type=delivery-status\n\nReporting-MTA: x\n\n" + fill("Final-Recipient: a;b\n\n"), "report in words": "Content-Type: multipart/report; report-type=delivery-status\n\n" + fill("Reporting-MTA: x\n\n"),
		"html": "Content-Type: text/html\n\n" + fill("<blockquote><ul><a>"), "enriched": "Content-Type: text/enriched\n\n" + fill("<bold>"),
	} {
		start := cpuTime(t)
		res := toMAPI(t, raw, ToMAPIOptions{AddText: true})
		read := cpuTime(t) - start
		toMIME(t, res.Message, ToMIMEOptions{})
		if d := cpuTime(t) - start; d > maxCPU {
			t.Errorf("%s: %v to read, %v in all", name, read, d)
		}
	}
}
