package rop

import (
	"fmt"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// submitChain is what sends a plain message in one Execute: 20 properties, a
// body of 2 KB, three recipients.
func submitChain() *Batch {
	props := mapi.Props{mapi.PidTagSubject.Of("Invoice 4711"), mapi.PidTagBody.Of(string(make4711(2048)))}
	for i := range 18 {
		props = append(props, mapi.Prop{Tag: mapi.MakeTag(mapi.PropID(0x8000+i), mapi.PtypInteger32), Value: int32(i)})
	}
	rows := make([]ModifyRecipientRow, 3)
	for i := range rows {
		r := smtpRow
		r.EmailAddress = fmt.Sprintf("recipient%d@example.test", i)
		rows[i] = ModifyRecipientRow{RowID: uint32(i), Type: mapi.RecipientTo, Row: &r}
	}
	b := NewBatch(0)
	m := Add(b, b.Use(7), &CreateMessageRequest{CodePageID: CodePageLogon, FolderID: folder(2)})
	Add(b, m.Out, &SetPropertiesRequest{Props: props})
	Add(b, m.Out, &ModifyRecipientsRequest{Columns: recipientColumns, Rows: rows})
	Add(b, m.Out, &SaveChangesMessageRequest{SaveFlags: KeepOpenReadWrite})
	Add(b, m.Out, &SubmitMessageRequest{})
	b.Release(m.Out)
	return b
}

func make4711(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = "4711 "[i%5]
	}
	return b
}

// BenchmarkSubmit encodes the chain that sends a plain message and decodes its
// answer.
func BenchmarkSubmit(b *testing.B) {
	requests, handles := received(b, submitChain())
	a := NewAnswer(handles, MaxPayload)
	for i := range requests[:5] {
		respond(b, a, &requests[i], 0, nil)
	}
	answer := a.Payload()
	b.ReportAllocs()
	for b.Loop() {
		batch := submitChain()
		if _, err := batch.Encode(); err != nil {
			b.Fatal(err)
		}
		if err := batch.Decode(answer); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkServeSubmit decodes the chain and encodes its answer.
func BenchmarkServeSubmit(b *testing.B) {
	payload, err := submitChain().Encode()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		requests, handles, err := DecodeRequests(payload)
		if err != nil {
			b.Fatal(err)
		}
		a := NewAnswer(handles, MaxPayload)
		for i := range requests[:5] {
			respond(b, a, &requests[i], 0, nil)
		}
		a.Payload()
	}
}

// BenchmarkQueryRows decodes an answer of 50 rows with six columns.
func BenchmarkQueryRows(b *testing.B) {
	tags := []mapi.PropTag{0x67480014, 0x674A0014, 0x0037001F, 0x0E060040, 0x0E070003, 0x001A001F}
	resp := &QueryRowsResponse{Origin: BookmarkEnd, Columns: tags}
	for i := range 50 {
		resp.Rows = append(resp.Rows, mapi.Props{
			{Tag: tags[0], Value: int64(1)}, {Tag: tags[1], Value: int64(i)}, {Tag: tags[2], Value: fmt.Sprintf("Subject number %d", i)},
			{Tag: tags[3], Value: mapi.TimeOf(0x01C882C05F54FF5E)}, {Tag: tags[4], Value: int32(1)}, {Tag: tags[5], Value: "IPM.Note"},
		})
	}
	query := func() *Batch {
		batch := NewBatch(0)
		Add(batch, batch.Use(7), &QueryRowsRequest{ForwardRead: true, RowCount: 50, Columns: tags})
		return batch
	}
	requests, handles := received(b, query())
	a := NewAnswer(handles, MaxPayload)
	respond(b, a, &requests[0], 0, resp)
	answer := a.Payload()
	b.ReportAllocs()
	b.SetBytes(int64(len(answer)))
	for b.Loop() {
		if err := query().Decode(answer); err != nil {
			b.Fatal(err)
		}
	}
}

func received(t testing.TB, b *Batch) ([]Received, []uint32) {
	payload, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	requests, handles, err := DecodeRequests(payload)
	if err != nil {
		t.Fatal(err)
	}
	return requests, handles
}
