package tnef

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/vectors"
)

func write(t *testing.T, msg *mapi.Message) []byte {
	t.Helper()
	var out bytes.Buffer
	losses, err := Write(context.Background(), &out, msg, WriteOptions{Recipients: true})
	if err != nil || len(losses) > 0 {
		t.Fatalf("losses %v, error %v", losses, err)
	}
	return out.Bytes()
}

// compareRoundTrip writes a message, reads it and compares.
func compareRoundTrip(t *testing.T, name string, msg *mapi.Message) {
	t.Helper()
	again, err := Read(context.Background(), bytes.NewReader(write(t, msg)), Options{})
	if err != nil || len(again.Losses) > 0 {
		t.Errorf("%s: losses %v, error %v", name, again.Losses, err)
		return
	}
	compareMessages(t, name, again.Message, msg)
}

func compareMessages(t *testing.T, name string, got, want *mapi.Message) {
	t.Helper()
	compareProps(t, name, got.Props, want.Props)
	if len(got.Recipients) != len(want.Recipients) || len(got.Attachments) != len(want.Attachments) {
		t.Errorf("%s: %d recipients and %d attachments, want %d and %d", name,
			len(got.Recipients), len(got.Attachments), len(want.Recipients), len(want.Attachments))
		return
	}
	for i := range want.Recipients {
		compareProps(t, name, got.Recipients[i].Props, want.Recipients[i].Props)
		if got.Recipients[i].Type != want.Recipients[i].Type {
			t.Errorf("%s: recipient of type %d, want %d", name, got.Recipients[i].Type, want.Recipients[i].Type)
		}
	}
	for i := range want.Attachments {
		g, w := got.Attachments[i], want.Attachments[i]
		compareProps(t, name, g.Props, w.Props)
		switch {
		case (g.Message == nil) != (w.Message == nil) || (g.Data == nil) != (w.Data == nil):
			t.Errorf("%s: attachment %d has data %v, message %v, want %v, %v", name, i+1, g.Data != nil, g.Message != nil, w.Data != nil, w.Message != nil)
		case w.Message != nil:
			compareMessages(t, name+", embedded", g.Message, w.Message)
		case w.Data != nil && !bytes.Equal(readStream(t, g.Data), readStream(t, w.Data)):
			t.Errorf("%s: data of attachment %d differ", name, i+1)
		}
	}
}

// compareProps finds every wanted property among those got.
func compareProps(t *testing.T, name string, got, want mapi.Props) {
	t.Helper()
	for _, w := range want {
		switch w.Tag { // numbers and sizes of where it was stored
		case mapi.PidTagRecipientType.Tag(), mapi.PidTagRowid.Tag(), mapi.PidTagAttachNumber.Tag(), mapi.PidTagAttachSize.Tag():
			continue
		}
		found := false
		for _, g := range got {
			sameName := w.Name != nil && g.Name != nil && w.Name.Same(*g.Name) && w.Tag.Type() == g.Tag.Type()
			if (w.Name == nil && g.Name == nil && g.Tag == w.Tag || sameName) && reflect.DeepEqual(g.Value, w.Value) {
				found = true
			}
		}
		if !found {
			t.Errorf("%s: %v %v = %.80v is missing or differs", name, w.Tag, w.Name, w.Value)
		}
	}
}

// growing is a stream whose size only reading tells.
type growing struct{ mapi.BytesStream }

func (growing) Size() int64 { return -1 }

func everyType() mapi.Props {
	at := time.Date(2024, 2, 29, 12, 30, 1, 500, time.UTC).Truncate(100)
	props := mapi.Props{
		mapi.PidTagMessageClass.Of("IPM.Note"), mapi.PidTagSubject.Of("Grüße 日本 😀"), mapi.PidTagBody.Of(strings.Repeat("line\r\n", 50000)),
		mapi.PidTagHtml.Of([]byte("<p>x</p>")), mapi.PidTagImportance.Of(2), mapi.PidTagClientSubmitTime.Of(at),
		{Tag: mapi.MakeTag(0x0037+0x1000, mapi.PtypInteger16), Value: int16(-5)},
		{Tag: 0x60000004, Value: float32(1.5)}, {Tag: 0x60010005, Value: 2.5}, {Tag: 0x60020006, Value: mapi.Currency(-7)},
		{Tag: 0x60030007, Value: mapi.AppTime(3.25)}, {Tag: 0x6004000B, Value: true}, {Tag: 0x60050014, Value: int64(-1 << 40)},
		{Tag: 0x60060048, Value: mapi.PSETIDCommon}, {Tag: 0x600700FB, Value: mapi.ServerID{1, 2, 3}},
		{Tag: 0x60081002, Value: []int16{1, -2, 3}}, {Tag: 0x60091003, Value: []int32{4, -5}}, {Tag: 0x600A1004, Value: []float32{1, 2}},
		{Tag: 0x600B1005, Value: []float64{1}}, {Tag: 0x600C1006, Value: []mapi.Currency{1}}, {Tag: 0x600D1007, Value: []mapi.AppTime{1}},
		{Tag: 0x600E1014, Value: []int64{1, 2}}, {Tag: 0x600F101F, Value: []string{"a", "", "ü"}}, {Tag: 0x60101040, Value: []time.Time{at}},
		{Tag: 0x60111048, Value: []mapi.GUID{mapi.PSMAPI}}, {Tag: 0x60121102, Value: [][]byte{{1}, {}, {2, 3, 4, 5, 6}}},
		mapi.PidLidReminderSet.Of(true), mapi.PidNameKeywords.Of([]string{"one", "two"}), mapi.InternetHeader("X-Odd").Of("name"),
	}
	return props
}

func TestRoundTrip(t *testing.T) {
	inner := &mapi.Message{
		Props:       mapi.Props{mapi.PidTagMessageClass.Of("IPM.Note"), mapi.PidTagSubject.Of("inner")},
		Recipients:  []mapi.Recipient{{Type: mapi.RecipientCc, Props: mapi.Props{mapi.PidTagDisplayName.Of("C")}}},
		Attachments: []mapi.Attachment{{Props: mapi.Props{mapi.PidTagAttachMethod.Of(1), mapi.PidTagAttachLongFilename.Of("in.txt")}, Data: growing{mapi.BytesStream("inner data")}}},
	}
	msg := &mapi.Message{
		Props:      everyType(),
		Recipients: []mapi.Recipient{{Type: mapi.RecipientTo, Props: mapi.Props{mapi.PidTagDisplayName.Of("A"), mapi.PidTagEmailAddress.Of("a@b.example")}}},
		Attachments: []mapi.Attachment{
			{Props: mapi.Props{mapi.PidTagAttachMethod.Of(1), mapi.PidTagAttachLongFilename.Of("long näme.txt"), mapi.PidTagAttachRendering.Of([]byte{1, 2, 3})}, Data: mapi.BytesStream("12345")},
			{Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachEmbeddedMessage)}, Message: inner},
			{Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachOLE), mapi.PidTagRenderingPosition.Of(7)}, Data: mapi.BytesStream("OLE!!")},
			{Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachByReference), mapi.PidTagAttachLongPathname.Of(`\\server\file`)}},
		},
	}
	compareRoundTrip(t, "every type", msg)
	compareRoundTrip(t, "nothing", &mapi.Message{})
}

func TestVectors(t *testing.T) {
	covered := map[string]func(*testing.T, vectors.Vector){}
	for key, check := range map[string]func(*testing.T, *Result){
		"MS-OXTNEF_3.1_02": func(*testing.T, *Result) {},
		"MS-OXTNEF_3.1_03": func(t *testing.T, r *Result) { equal(t, r.CodePage, 1252) },
		"MS-OXTNEF_3.1_04": func(t *testing.T, r *Result) { equal(t, mapi.PidTagMessageClass.Get(r.Message.Props), "IPM.Note") },
		"MS-OXTNEF_3.1_05": func(t *testing.T, r *Result) { equal(t, mapi.PidTagImportance.Get(r.Message.Props), 1) },
		"MS-OXTNEF_3.1_06": func(t *testing.T, r *Result) { equal(t, mapi.PidTagSubject.Get(r.Message.Props), "Simple subject") },
		"MS-OXTNEF_3.1_07": func(t *testing.T, r *Result) {
			equal(t, mapi.PidTagClientSubmitTime.Get(r.Message.Props), time.Date(2004, 2, 17, 11, 25, 35, 0, time.UTC))
		},
		"MS-OXTNEF_3.1_08": func(t *testing.T, r *Result) {
			equal(t, mapi.PidTagLastModificationTime.Get(r.Message.Props), time.Date(2004, 2, 17, 12, 26, 9, 0, time.UTC))
		},
		"MS-OXTNEF_3.1_09": func(t *testing.T, r *Result) {
			equal(t, strings.ToUpper(hexOf(mapi.PidTagSearchKey.Get(r.Message.Props))), "757BB19CDE936A4087D90BB784C58E3B")
		},
	} {
		covered[key] = func(t *testing.T, v vectors.Vector) {
			stream := append([]byte{0x78, 0x9F, 0x3E, 0x22, 1, 0}, v.Bytes...)
			r, err := Read(context.Background(), bytes.NewReader(stream), Options{})
			if err != nil || len(r.Losses) > 0 {
				t.Fatalf("losses %v, error %v", r.Losses, err)
			}
			check(t, r)
			if written := writtenOf(t, r); key != "MS-OXTNEF_3.1_09" && !bytes.Contains(written, v.Bytes) {
				t.Errorf("written again, it is not in\n%x", written)
			}
		}
	}
	covered["MS-OXTNEF_3.1_01"] = func(t *testing.T, v vectors.Vector) {
		r, err := Read(context.Background(), bytes.NewReader(v.Bytes), Options{})
		if err != nil || r.Key != 1 {
			t.Fatalf("key %v, error %v", r, err)
		}
		if !bytes.HasPrefix(writtenOf(t, r), v.Bytes) {
			t.Error("written again, it differs")
		}
	}
	vectors.Test(t, vectors.Room{Name: "tnef", Covered: covered})
}

func writtenOf(t *testing.T, r *Result) []byte {
	var out bytes.Buffer
	if _, err := Write(context.Background(), &out, r.Message, WriteOptions{Key: 1}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for _, c := range b {
		s.WriteByte(digits[c>>4])
		s.WriteByte(digits[c&15])
	}
	return s.String()
}

func equal[T comparable](t *testing.T, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Every prefix of a stream gives what is in it, and a loss, but never an error.
func TestTruncations(t *testing.T) {
	whole := write(t, &mapi.Message{
		Props: mapi.Props{mapi.PidTagSubject.Of("subject"), mapi.PidNameKeywords.Of([]string{"one"})},
		Attachments: []mapi.Attachment{
			{Props: mapi.Props{mapi.PidTagAttachLongFilename.Of("a.txt")}, Data: mapi.BytesStream("data")},
			{Props: mapi.Props{mapi.PidTagAttachMethod.Of(5)}, Message: &mapi.Message{Props: mapi.Props{mapi.PidTagSubject.Of("inner")}}}},
	})
	for n := range whole {
		r, err := Read(context.Background(), bytes.NewReader(whole[:n]), Options{})
		switch {
		case n < 4 && !errors.Is(err, ErrSignature):
			t.Errorf("%d bytes: %v", n, err)
		case n >= 4 && err != nil:
			t.Errorf("%d bytes: %v", n, err)
		case n > 200 && mapi.PidTagSubject.Get(r.Message.Props) != "subject":
			t.Errorf("%d bytes: the subject is lost", n)
		}
	}
}

// stream builds a stream of one attribute.
func stream(lv level, id attributeID, data []byte) []byte {
	b := binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint32(nil, signature), 1)
	b = append(b, byte(lv))
	b = binary.LittleEndian.AppendUint32(b, uint32(id))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	return binary.LittleEndian.AppendUint16(append(b, data...), sum(0, data))
}

func TestDamage(t *testing.T) {
	many := binary.LittleEndian.AppendUint32(nil, 873_000_000)
	huge := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, 1), 0x1000001F), 1), 0xFFFFFFF0)
	list := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, 1), 0x60001003), 0x7FFFFFFF)
	unknown := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, 1), 0x60000999)
	badSum := stream(levelMessage, attSubject, []byte("x\x00"))
	badSum[len(badSum)-1] ^= 0x55
	for _, c := range []struct {
		name string
		in   []byte
		want string
	}{
		{"count of properties", stream(levelMessage, attMsgProps, many), "873000000 properties"},
		{"length of a value", stream(levelMessage, attMsgProps, huge), "bytes wanted"},
		{"count of values", stream(levelMessage, attMsgProps, list), "2147483647 values"},
		{"type of a value", stream(levelMessage, attMsgProps, unknown), "type 0x0999"},
		{"count of recipients", stream(levelMessage, attRecipTable, many), "bytes wanted"},
		{"level", stream(9, attSubject, nil), "level 9"},
		{"attribute", stream(levelMessage, 0x00061234, nil), "not known"},
		{"checksum", badSum, "checksum"},
		{"date", stream(levelMessage, attDateSent, []byte{1, 2, 3}), "not a date"},
	} {
		r, err := Read(context.Background(), bytes.NewReader(c.in), Options{})
		if err != nil || len(r.Losses) != 1 || !strings.Contains(r.Losses[0].String(), c.want) || !strings.Contains(r.Losses[0].String(), "offset") {
			t.Errorf("%s: losses %v, error %v; want one about %q with its offset", c.name, r.Losses, err, c.want)
		}
	}
}

func TestLimits(t *testing.T) {
	deep := &mapi.Message{Props: mapi.Props{mapi.PidTagSubject.Of("bottom")}}
	for range 40 {
		deep = &mapi.Message{Attachments: []mapi.Attachment{{Message: deep}}}
	}
	r, err := Read(context.Background(), bytes.NewReader(write(t, deep)), Options{Depth: 5})
	if err != nil || len(r.Losses) != 1 {
		t.Fatalf("losses %v, error %v", r.Losses, err)
	}
	wide := &mapi.Message{Attachments: make([]mapi.Attachment, 20)}
	if r, err = Read(context.Background(), bytes.NewReader(write(t, wide)), Options{Attachments: 5}); err != nil || len(r.Losses) != 1 || len(r.Message.Attachments) != 5 {
		t.Errorf("%d attachments, losses %v, error %v", len(r.Message.Attachments), r.Losses, err)
	}
	big := &mapi.Message{Props: mapi.Props{mapi.PidTagSubject.Of("kept"), mapi.PidTagBody.Of(strings.Repeat("x", 1<<20))}}
	if r, err = Read(context.Background(), bytes.NewReader(write(t, big)), Options{Memory: 1 << 16}); err != nil || len(r.Losses) != 1 || mapi.PidTagSubject.Get(r.Message.Props) != "kept" {
		t.Errorf("losses %v, error %v", r.Losses, err)
	}
}

// broken is a source that fails behind its start.
type broken struct{ *bytes.Reader }

var errBroken = errors.New("disk on fire")

func (b broken) ReadAt(p []byte, at int64) (int, error) {
	if at > 100 {
		return 0, errBroken
	}
	return b.Reader.ReadAt(p, at)
}

func TestSourceErrors(t *testing.T) {
	whole := write(t, &mapi.Message{Props: everyType()})
	if _, err := Read(context.Background(), broken{bytes.NewReader(whole)}, Options{}); !errors.Is(err, errBroken) {
		t.Errorf("got %v, want the source's error", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Read(ctx, bytes.NewReader(whole), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}

func FuzzRead(f *testing.F) {
	var out bytes.Buffer
	msg := &mapi.Message{Props: everyType(), Attachments: []mapi.Attachment{{Message: &mapi.Message{Props: mapi.Props{mapi.PidTagSubject.Of("x")}}}}}
	msg.Props.Set(mapi.PidTagBody.Of("short"))
	if _, err := Write(context.Background(), &out, msg, WriteOptions{}); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	f.Add(stream(levelMessage, attFrom, []byte{4, 0, 28, 0, 5, 0, 7, 0, 'n', 'a', 'm', 'e', 0, 'S', 'M', 'T', 'P', ':', 'a', 0}))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Read(context.Background(), bytes.NewReader(b), Options{Memory: 1 << 20})
		if err != nil {
			return
		}
		if _, err := Write(context.Background(), io.Discard, r.Message, WriteOptions{Recipients: true}); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
	})
}

func BenchmarkRead5MB(b *testing.B) {
	var out bytes.Buffer
	msg := &mapi.Message{Props: everyType(), Attachments: []mapi.Attachment{{Data: mapi.BytesStream(make([]byte, 5<<20))}}}
	if _, err := Write(context.Background(), &out, msg, WriteOptions{}); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(out.Len()))
	b.ReportAllocs()
	for b.Loop() {
		r, err := Read(context.Background(), bytes.NewReader(out.Bytes()), Options{})
		if err != nil {
			b.Fatal(err)
		}
		s, err := r.Message.Attachments[0].Data.Open(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWrite5MB(b *testing.B) {
	msg := &mapi.Message{Props: everyType(), Attachments: []mapi.Attachment{{Data: mapi.BytesStream(make([]byte, 5<<20))}}}
	b.SetBytes(5 << 20)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Write(context.Background(), io.Discard, msg, WriteOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
