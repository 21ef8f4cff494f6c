package mapping

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/mime"
	"github.com/mapigate/mapigate/mapping/tnef"
)

// base64Lines writes n pseudo-random bytes in lines of 76.
func base64Lines(n int) []byte {
	data := make([]byte, n)
	x := uint32(1)
	for i := range data {
		x = x*1664525 + 1013904223
		data[i] = byte(x >> 24)
	}
	var b bytes.Buffer
	w := mime.NewBase64Writer(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

const benchHeader = "Received: from mail.example.net (mail.example.net [192.0.2.7])\r\n\tby mx.example.com with ESMTPS id 4XyZ12abc; Tue, 5 May 2026 10:11:14 +0200 (CEST)\r\n" +
	"Received: from [10.0.0.5] by mail.example.net; Tue, 5 May 2026 10:11:13 +0200\r\n" +
	"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.net; s=mail; h=from:to:subject:date;\r\n\tbh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=; b=" + "AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB4nujc7YopdG5\r\n" +
	"Date: Tue, 5 May 2026 10:11:12 +0200\r\nFrom: =?utf-8?Q?J=C3=BCrgen_M=C3=BCller?= <juergen@example.net>\r\nTo: Ann Example <ann@example.com>, bob@example.com\r\nCc: \"Team, Sales\" <sales@example.com>\r\n" +
	"Subject: Re: Offer 4711 for the second quarter\r\nMessage-ID: <20260505101112.4711@example.net>\r\nIn-Reply-To: <x1@example.com>\r\nReferences: <x0@example.com> <x1@example.com>\r\n" +
	"X-Mailer: Example Mailer 1.0\r\nImportance: high\r\nMIME-Version: 1.0\r\n"

// tnefOf writes a TNEF stream with an attachment of n bytes, in base64.
func tnefOf(n int) []byte {
	msg := &mapi.Message{Props: mapi.Props{mapi.PidTagMessageClass.Of("IPM.Note"), mapi.PidTagBody.Of("text")},
		Attachments: []mapi.Attachment{{Data: mapi.BytesStream(make([]byte, n)), Props: mapi.Props{mapi.PidTagAttachMethod.Of(attachByValue), mapi.PidTagAttachLongFilename.Of("a.bin")}}}}
	var b bytes.Buffer
	w := mime.NewBase64Writer(&b)
	if _, err := tnef.Write(context.Background(), w, msg, tnef.WriteOptions{Key: 1}); err != nil {
		return nil
	}
	w.Close()
	return b.Bytes()
}

// benchMails are the mails whose speed is looked at.
func benchMails() []struct {
	name string
	raw  []byte
} {
	text := strings.Repeat("The quick brown fox jumps over the lazy dog, again and again.\r\n", 64)
	image := string(base64Lines(16 << 10))
	html := "<html><body>" + strings.Repeat("<p style=\"margin:0\">A paragraph of <b>some</b> text.</p>\r\n", 500) + "<img src=\"cid:a@x\"><img src=\"cid:b@x\"></body></html>\r\n"
	related := "Content-Type: multipart/related; boundary=rel\r\n\r\n--rel\r\nContent-Type: multipart/alternative; boundary=alt\r\n\r\n--alt\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text +
		"\r\n--alt\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + html + "\r\n--alt--\r\n\r\n--rel\r\nContent-Type: image/png; name=a.png\r\nContent-ID: <a@x>\r\nContent-Transfer-Encoding: base64\r\n\r\n" + image +
		"\r\n--rel\r\nContent-Type: image/png; name=b.png\r\nContent-ID: <b@x>\r\nContent-Transfer-Encoding: base64\r\n\r\n" + image + "\r\n--rel--\r\n"
	var to strings.Builder
	for i := range 2000 {
		if i > 0 {
			to.WriteString(",\r\n ")
		}
		fmt.Fprintf(&to, "Recipient Number %d <recipient%d@example.com>", i, i)
	}
	large := "Content-Type: multipart/mixed; boundary=mix\r\n\r\n--mix\r\nContent-Type: text/plain\r\n\r\nsee attachment\r\n--mix\r\nContent-Type: application/zip; name=big.zip\r\nContent-Disposition: attachment; filename=big.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		string(base64Lines(25<<20)) + "\r\n--mix--\r\n"
	return []struct {
		name string
		raw  []byte
	}{
		{"text5K", []byte(benchHeader + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + text)},
		{"html100K", []byte(benchHeader + related)},
		{"attachment25M", []byte(benchHeader + large)},
		{"meeting", []byte(strings.ReplaceAll(invitation, "\n", "\r\n"))},
		{"tnef5M", []byte(benchHeader + "Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n" + string(tnefOf(5<<20)))},
		{"recipients2000", []byte("From: a@example.com\r\nSubject: all\r\nTo: " + to.String() + "\r\n\r\nHello\r\n")},
	}
}

// drain reads every attachment, as a store would.
func drain(b testing.TB, msg *mapi.Message, buf []byte) {
	for _, a := range msg.Attachments {
		if a.Message != nil {
			drain(b, a.Message, buf)
			continue
		}
		r, err := a.Data.Open(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, err = r.Read(buf)
		}
		if err != io.EOF {
			b.Fatal(err)
		}
		r.Close()
	}
}

// BenchmarkToMAPI reads mails and their attachments.
func BenchmarkToMAPI(b *testing.B) {
	for _, m := range benchMails() {
		b.Run(m.name, func(b *testing.B) {
			b.SetBytes(int64(len(m.raw)))
			b.ReportAllocs()
			buf := make([]byte, 32<<10)
			for b.Loop() {
				res, err := ToMAPI(context.Background(), bytes.NewReader(m.raw), ToMAPIOptions{})
				if err != nil {
					b.Fatal(err)
				}
				drain(b, res.Message, buf)
			}
		})
	}
}

// BenchmarkToMIME writes the same mails.
func BenchmarkToMIME(b *testing.B) {
	for _, m := range benchMails() {
		b.Run(m.name, func(b *testing.B) {
			res, err := ToMAPI(context.Background(), bytes.NewReader(m.raw), ToMAPIOptions{})
			if err != nil {
				b.Fatal(err)
			}
			hold(b, res.Message)
			b.SetBytes(int64(len(m.raw)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ToMIME(context.Background(), io.Discard, res.Message, ToMIMEOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// hold puts attachments into memory, so that writing alone is measured.
func hold(b testing.TB, msg *mapi.Message) {
	for i := range msg.Attachments {
		a := &msg.Attachments[i]
		if a.Data == nil {
			continue
		}
		r, err := a.Data.Open(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			b.Fatal(err)
		}
		a.Data = mapi.BytesStream(data)
	}
}

// BenchmarkBase64Decoder is what large attachments are compared with: the
// standard decoder over the same lines.
func BenchmarkBase64Decoder(b *testing.B) {
	lines := base64Lines(25 << 20)
	buf := make([]byte, 32<<10)
	b.SetBytes(int64(len(lines)))
	for b.Loop() {
		r := base64.NewDecoder(base64.StdEncoding, bytes.NewReader(lines))
		for {
			if _, err := r.Read(buf); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// A heapGauge notes how far the heap rises above where it was.
type heapGauge struct {
	idle, peak uint64
	seen       int
}

func newHeapGauge() *heapGauge {
	runtime.GC()
	g := &heapGauge{}
	g.idle = g.heap()
	return g
}

func (g *heapGauge) heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// note reads the heap, garbage that is not collected yet included.
func (g *heapGauge) note() {
	if h := g.heap(); h > g.idle {
		g.peak = max(g.peak, h-g.idle)
	}
}

// Write implements io.Writer: it throws away, and notes at every megabyte or so.
func (g *heapGauge) Write(b []byte) (int, error) {
	if g.seen++; g.seen%64 == 0 {
		g.note()
	}
	return len(b), nil
}

// BenchmarkPeakHeap prints how far the heap rises above the idle one while the
// large attachment passes, in KiB.
func BenchmarkPeakHeap(b *testing.B) {
	raw := benchMails()[2].raw
	ctx := context.Background()
	b.Run("ToMAPI/attachment25M", func(b *testing.B) {
		g := newHeapGauge()
		for b.Loop() {
			runtime.GC()
			res, err := ToMAPI(ctx, bytes.NewReader(raw), ToMAPIOptions{})
			if err != nil {
				b.Fatal(err)
			}
			r, err := res.Message.Attachments[0].Data.Open(ctx)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.Copy(g, r); err != nil {
				b.Fatal(err)
			}
			g.note()
		}
		b.ReportMetric(float64(g.peak>>10), "peak-KiB")
	})
	b.Run("ToMIME/attachment25M", func(b *testing.B) {
		res, err := ToMAPI(ctx, bytes.NewReader(raw), ToMAPIOptions{})
		if err != nil {
			b.Fatal(err)
		}
		g := newHeapGauge()
		for b.Loop() {
			runtime.GC()
			if _, err := ToMIME(ctx, g, res.Message, ToMIMEOptions{}); err != nil {
				b.Fatal(err)
			}
			g.note()
		}
		b.ReportMetric(float64(g.peak>>10), "peak-KiB")
	})
}

// TestLargeAttachmentMemory holds that a 25 MB attachment passes both ways in
// less than 4 MB.
func TestLargeAttachmentMemory(t *testing.T) {
	raw := benchMails()[2].raw
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	res, err := ToMAPI(context.Background(), bytes.NewReader(raw), ToMAPIOptions{})
	if err != nil {
		t.Fatal(err)
	}
	n, err := ToMIME(context.Background(), io.Discard, res.Message, ToMIMEOptions{})
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	used := after.TotalAlloc - before.TotalAlloc
	t.Logf("%d bytes in, %d out, %d KiB allocated in all", len(raw), n.Size, used>>10)
	if used > 4<<20 {
		t.Errorf("%d bytes were allocated for a 25 MB attachment", used)
	}
}
