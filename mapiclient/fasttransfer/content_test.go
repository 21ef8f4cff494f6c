package fasttransfer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// letter is a message with everything that a message can have.
func letter() *mapi.Message {
	inner := &mapi.Message{
		Props:      mapi.Props{mapi.PidTagSubject.Of("inner")},
		Recipients: []mapi.Recipient{{Type: mapi.RecipientCc, Props: mapi.Props{mapi.PidTagDisplayName.Of("C")}}},
		Attachments: []mapi.Attachment{{
			Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachByValue)}, Data: mapi.BytesStream("deep"),
		}},
	}
	return &mapi.Message{
		Props: mapi.Props{
			mapi.PidTagSubject.Of("outer"), mapi.PidTagHtml.Of(bytes.Repeat([]byte("<p>"), 3000)),
			{Tag: 0x80050003, Name: numeric, Value: int32(7)},
		},
		Recipients: []mapi.Recipient{
			{Type: mapi.RecipientTo, Props: mapi.Props{mapi.PidTagDisplayName.Of("A")}},
			{Type: mapi.RecipientBcc | mapi.RecipientSubmitted, Props: mapi.Props{mapi.PidTagDisplayName.Of("B")}},
		},
		Attachments: []mapi.Attachment{
			{Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachByValue)}, Data: mapi.BytesStream(bytes.Repeat([]byte("0123456789"), 5000))},
			{Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachEmbeddedMessage)}, Message: inner},
			{Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachOLE)}, Data: mapi.BytesStream("storage")},
			{Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachNone)}},
		},
	}
}

// asRead gives a message as it reads: with the numbers that the stream has.
func asRead(msg *mapi.Message) *mapi.Message {
	out := *msg
	out.Recipients, out.Attachments = nil, nil
	for i, r := range msg.Recipients {
		r.Props = append(mapi.Props{mapi.PidTagRowid.Of(int32(i))}, r.Props...)
		out.Recipients = append(out.Recipients, r)
	}
	for i, a := range msg.Attachments {
		a.Props = append(mapi.Props{mapi.PidTagAttachNumber.Of(int32(i))}, a.Props...)
		if a.Message != nil {
			a.Message = asRead(a.Message)
		}
		out.Attachments = append(out.Attachments, a)
	}
	return &out
}

func stream(t *testing.T, write func(w *MessageWriter)) []byte {
	t.Helper()
	out := &sink{room: 3000}
	w := &MessageWriter{Writer: NewWriter(out)}
	write(w)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.all()
}

func TestMessageContent(t *testing.T) {
	b := stream(t, func(w *MessageWriter) { _ = w.Content(t.Context(), letter()) })
	for _, hold := range []int{0, 100} {
		got, err := ReadMessageContent(NewReader(bytes.NewReader(b), hold), 0)
		if err != nil || !reflect.DeepEqual(got, asRead(letter())) {
			t.Errorf("hold %d: read %+v, %v", hold, got, err)
		}
		for n := range b {
			if n%17 != 0 && n < len(b)-100 {
				continue
			}
			// Cut between two attachments it is a shorter message; elsewhere an error.
			if got, err := ReadMessageContent(NewReader(bytes.NewReader(b[:n]), hold), 0); err == nil && reflect.DeepEqual(got, asRead(letter())) {
				t.Errorf("the first %d bytes were taken for the whole message", n)
			}
		}
	}
}

func TestMessageLimit(t *testing.T) {
	b := stream(t, func(w *MessageWriter) { _ = w.Content(t.Context(), letter()) })
	for _, hold := range []int{0, 100} {
		if _, err := ReadMessageContent(NewReader(bytes.NewReader(b), hold), 50_000); !errors.Is(err, ErrTooLarge) {
			t.Errorf("a message of %d bytes, limit 50,000: %v", len(b), err)
		}
		if _, err := ReadMessageContent(NewReader(bytes.NewReader(b), hold), 80_000); err != nil {
			t.Errorf("a message of %d bytes, limit 80,000: %v", len(b), err)
		}
	}
	// Many small things count as well.
	b = stream(t, func(w *MessageWriter) {
		for range 10_000 {
			_ = w.Marker(StartRecip)
			_ = w.Marker(EndToRecip)
		}
	})
	if _, err := ReadMessageContent(NewReader(bytes.NewReader(b), 0), 100_000); !errors.Is(err, ErrTooLarge) {
		t.Errorf("10,000 empty recipients: %v", err)
	}
}

func TestMessageOrder(t *testing.T) {
	for name, markers := range map[string][]Marker{
		"recipient without end":    {StartRecip},
		"attachment without end":   {NewAttach},
		"embedded without end":     {NewAttach, StartEmbed, EndAttach},
		"end without start":        {EndToRecip},
		"recipient in a recipient": {StartRecip, StartRecip, EndToRecip, EndToRecip},
		"attachment in itself":     {NewAttach, NewAttach, EndAttach, EndAttach},
		"message in a message":     {StartMessage, EndMessage},
		"change in a message":      {IncrSyncChg},
	} {
		b := stream(t, func(w *MessageWriter) {
			for _, m := range markers {
				_ = w.Marker(m)
			}
		})
		_, err := ReadMessageContent(NewReader(bytes.NewReader(b), 0), 0)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := stream(t, func(w *MessageWriter) {
		for range 5000 {
			_ = w.Marker(NewAttach)
			_ = w.Marker(StartEmbed)
		}
	})
	if _, err := ReadMessageContent(NewReader(bytes.NewReader(b), 0), 0); err == nil || !strings.Contains(err.Error(), "deeper") {
		t.Errorf("5,000 messages within one another: %v", err)
	}
}

// What the server says about the stream is none of the message's properties.
func TestMetaProperties(t *testing.T) {
	b := stream(t, func(w *MessageWriter) {
		_ = w.Prop(MetaTagDnPrefix.Of("/o=x"))
		_ = w.Prop(mapi.PidTagSubject.Of("s"))
		_ = w.Prop(MetaTagFXDelProp.Of(int32(0x0E12000D)))
		_ = w.Marker(StartRecip)
		_ = w.Marker(EndToRecip)
		_ = w.Prop(MetaTagFXDelProp.Of(int32(0x0E13000D)))
		_ = w.Marker(NewAttach)
		_ = w.Marker(EndAttach)
	})
	got, err := ReadMessageContent(NewReader(bytes.NewReader(b), 0), 0)
	if err != nil || len(got.Props) != 1 || len(got.Recipients) != 1 || len(got.Attachments) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestErrorInfo(t *testing.T) {
	b := stream(t, func(w *MessageWriter) {
		_ = w.Prop(mapi.PidTagSubject.Of("s"))
		_ = w.Marker(FXErrorInfo)
		_ = w.Prop(mapi.Prop{Tag: 0x00000102, Value: unhex("00000000" + "05000780")})
	})
	_, err := ReadMessageContent(NewReader(bytes.NewReader(b), 0), 0)
	if !errors.Is(err, mapi.ErrAccessDenied) {
		t.Errorf("%v, want access denied", err)
	}
	if _, err := ReadMessageContent(NewReader(bytes.NewReader(b[:len(b)-17]), 0), 0); err == nil {
		t.Error("an error without its reason was read as no error")
	}
}

func TestMessageList(t *testing.T) {
	denied := int32(-0x7FF8FFFB) // 0x80070005
	b := stream(t, func(w *MessageWriter) {
		_ = w.Message(t.Context(), &mapi.Message{Props: mapi.Props{mapi.PidTagSubject.Of("first")}}, false)
		_ = w.Prop(MetaTagEcWarning.Of(denied))
		_ = w.Prop(MetaTagDnPrefix.Of("/o=x"))
		_ = w.Prop(MetaTagEcWarning.Of(int32(0x00040680)))
		_ = w.Message(t.Context(), letter(), false)
		_ = w.Message(t.Context(), &mapi.Message{Props: mapi.Props{mapi.PidTagSubject.Of("last")}}, true)
		_ = w.Prop(MetaTagEcWarning.Of(denied))
	})
	type seen struct {
		subject    string
		associated bool
		warning    uint32
		tooLarge   bool
	}
	want := []seen{{subject: "first"}, {warning: 0x80070005}, {subject: "outer", warning: 0x40680},
		{subject: "last", associated: true}, {warning: 0x80070005}}
	for _, limit := range []int64{0, 20_000} {
		var got []seen
		err := ReadMessageList(NewReader(bytes.NewReader(b), 1000), limit, func(i *Item) error {
			s := seen{associated: i.Associated, warning: uint32(i.Warning), tooLarge: errors.Is(i.Err, ErrTooLarge)}
			if i.Message != nil {
				s.subject = mapi.PidTagSubject.Get(i.Message.Props)
			}
			got = append(got, s)
			return nil
		})
		if limit > 0 {
			want[2] = seen{warning: 0x40680, tooLarge: true}
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("limit %d: %+v, %v", limit, got, err)
		}
	}
	enough := errors.New("enough")
	if err := ReadMessageList(NewReader(bytes.NewReader(b), 0), 0, func(*Item) error { return enough }); err != enough {
		t.Errorf("%v", err)
	}
	if err := ReadMessageList(NewReader(bytes.NewReader(b[:40]), 0), 0, func(*Item) error { return nil }); err == nil {
		t.Error("a message without its end was read")
	}
}

// changes is the stream of a synchronisation.
func changes(t *testing.T, sync *ContentsSync) []byte {
	return stream(t, func(w *MessageWriter) {
		_ = w.Marker(IncrSyncProgressMode)
		_ = w.Prop(mapi.Prop{Tag: 0x00000102, Value: make([]byte, 32)})
		_ = w.Marker(IncrSyncProgressPerMsg)
		_ = w.Prop(mapi.Prop{Tag: 0x00000003, Value: int32(1)})
		_ = w.Prop(mapi.Prop{Tag: 0x0000000B, Value: false})
		_ = w.Change(t.Context(), &MessageChange{Header: mapi.Props{mapi.PidTagMid.Of(1)}, Message: letter()})
		_ = w.Change(t.Context(), &MessageChange{Header: mapi.Props{mapi.PidTagMid.Of(2)}, Message: &mapi.Message{}})
		_ = w.Marker(IncrSyncGroupInfo)
		_ = w.Prop(mapi.Prop{Tag: 0x00000102, Value: []byte("groups")})
		_ = w.Prop(MetaTagIncrSyncGroupID.Of(1))
		_ = w.Marker(IncrSyncChgPartial)
		_ = w.Prop(mapi.PidTagMid.Of(3))
		_ = w.Prop(MetaTagIncrementalSyncMessagePartial.Of(0))
		_ = w.Prop(mapi.PidTagSubject.Of("part"))
		_ = w.Prop(MetaTagIncrementalSyncMessagePartial.Of(-1))
		_ = w.Prop(mapi.PidTagImportance.Of(2))
		_ = sync.End(w.Writer)
	})
}

func TestContentsSync(t *testing.T) {
	want := &ContentsSync{
		Deleted: ShortIDSet{{1, GlobSet{{5, 5}, {7, 9}}}}, OutOfScope: ShortIDSet{{1, GlobSet{{6, 6}}}},
		Read: ShortIDSet{{1, GlobSet{{1, 1}}}}, Unread: ShortIDSet{{1, GlobSet{{2, 2}}}},
		State: State{Given: IDSet{{set, GlobSet{{1, 3}}}}, Seen: IDSet{{set, GlobSet{{1, 100}}}}, Read: IDSet{{set, GlobSet{{1, 50}}}}},
	}
	b := changes(t, want)
	var got []*MessageChange
	take := func(c *MessageChange) error { got = append(got, c); return nil }
	sync, err := ReadContentsSync(NewReader(bytes.NewReader(b), 0), 0, take)
	if err != nil || !reflect.DeepEqual(sync, want) {
		t.Fatalf("read %+v, %v", sync, err)
	}
	if len(got) != 3 || !reflect.DeepEqual(got[0].Message, asRead(letter())) || got[1].Partial || !got[2].Partial ||
		len(got[2].Header) != 1 || len(got[2].Message.Props) != 2 {
		t.Errorf("changes %+v", got)
	}
	for n := 0; n < len(b); n += 13 {
		if _, err := ReadContentsSync(NewReader(bytes.NewReader(b[:n]), 0), 0, take); err == nil {
			t.Errorf("the first %d bytes were taken for the whole synchronisation", n)
		}
	}
	got = nil
	sync, err = ReadContentsSync(NewReader(bytes.NewReader(b), 1000), 10_000, take)
	if err != nil || !reflect.DeepEqual(sync, want) || len(got) != 3 || !errors.Is(got[0].Err, ErrTooLarge) || got[1].Err != nil {
		t.Errorf("with a limit: %+v, %v", got, err)
	}
}

func TestState(t *testing.T) {
	want := State{Given: IDSet{{set, GlobSet{{1, 3}}}}, SeenFAI: IDSet{{set, GlobSet{{4, 4}}}}}
	b := stream(t, func(w *MessageWriter) { _ = want.Write(w.Writer) })
	if got, err := ReadState(NewReader(bytes.NewReader(b), 0)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, %v", got, err)
	}
	for n := range b {
		if _, err := ReadState(NewReader(bytes.NewReader(b[:n]), 0)); err == nil {
			t.Errorf("the first %d bytes were read", n)
		}
	}
	if _, err := ReadState(NewReader(bytes.NewReader(append(b, 0)), 0)); err == nil {
		t.Error("a state with something behind it was read")
	}
}

func TestNoSize(t *testing.T) {
	w := &MessageWriter{Writer: NewWriter(&sink{})}
	msg := &mapi.Message{Attachments: []mapi.Attachment{{Data: endless{}}}}
	if err := w.Content(t.Context(), msg); !errors.Is(err, ErrNoSize) || !errors.Is(w.Flush(), ErrNoSize) {
		t.Errorf("%v", err)
	}
}

type endless struct{}

func (endless) Size() int64                                 { return -1 }
func (endless) Open(context.Context) (io.ReadCloser, error) { return nil, errors.New("opened") }

func FuzzStream(f *testing.F) {
	for _, s := range samples {
		f.Add(sampleBytes(s.hex))
	}
	out := &sink{}
	w := &MessageWriter{Writer: NewWriter(out)}
	_ = w.Message(f.Context(), letter(), false)
	_ = w.Flush()
	f.Add(out.all())
	f.Fuzz(func(t *testing.T, in []byte) {
		list, err := elements(NewReader(bytes.NewReader(in), 1000))
		var e *Error
		if err != nil && (!errors.As(err, &e) || e.Offset < 0 || e.Offset > int64(len(in))) {
			t.Fatalf("an error without its place: %v", err)
		}
		var out sink
		w := NewWriter(&out)
		for i := range list {
			if list[i].Marker != 0 {
				_ = w.Marker(list[i].Marker)
			} else {
				_ = w.Prop(list[i].Prop)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatalf("what was read is not written: %v", err)
		}
		first := out.all()
		back, err := elements(NewReader(bytes.NewReader(first), 0))
		if err != nil || len(back) != len(list) {
			t.Fatalf("written %x, read %v, %v, want %v", first, back, err, list)
		}
	})
}

func FuzzSyntax(f *testing.F) {
	seed := func(write func(w *MessageWriter)) {
		out := &sink{}
		w := &MessageWriter{Writer: NewWriter(out)}
		write(w)
		_ = w.Flush()
		f.Add(out.all())
	}
	small := letter()
	small.Attachments, small.Props = small.Attachments[1:], small.Props[2:]
	seed(func(w *MessageWriter) { _ = w.Content(f.Context(), small) })
	seed(func(w *MessageWriter) { _ = w.Message(f.Context(), small, true) })
	seed(func(w *MessageWriter) {
		_ = w.Change(f.Context(), &MessageChange{Header: mapi.Props{mapi.PidTagMid.Of(1)}, Message: small})
		_ = (&ContentsSync{Deleted: ShortIDSet{{1, GlobSet{{5, 5}, {7, 9}}}}}).End(w.Writer)
	})
	f.Fuzz(func(t *testing.T, in []byte) {
		const limit = 10_000
		read := func() *Reader { return NewReader(bytes.NewReader(in), 1000) }
		if msg, err := ReadMessageContent(read(), limit); err == nil && len(msg.Props)+len(msg.Recipients)+len(msg.Attachments) > limit/overhead {
			t.Fatalf("%d properties, %d recipients, %d attachments", len(msg.Props), len(msg.Recipients), len(msg.Attachments))
		}
		_ = ReadMessageList(read(), limit, func(i *Item) error {
			if i.Message == nil && i.Warning == 0 && i.Err == nil {
				t.Fatal("an item that is nothing")
			}
			return nil
		})
		_, _ = ReadContentsSync(read(), limit, func(c *MessageChange) error {
			if c.Message == nil && c.Err == nil {
				t.Fatal("a change that is nothing")
			}
			return nil
		})
		_, _ = ReadState(read())
	})
}

func BenchmarkReader(b *testing.B) {
	out := &sink{room: 31 << 10}
	w := &MessageWriter{Writer: NewWriter(out)}
	for range 20 {
		_ = w.Message(b.Context(), letter(), false)
	}
	_ = w.Flush()
	all := out.all()
	b.SetBytes(int64(len(all)))
	b.ReportAllocs()
	for b.Loop() {
		if err := ReadMessageList(NewReader(bytes.NewReader(all), 0), 0, func(*Item) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
