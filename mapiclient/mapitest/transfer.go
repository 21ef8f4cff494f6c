package mapitest

import (
	"bytes"
	"context"

	"github.com/mapigate/mapigate/mapiclient/fasttransfer"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// pieceSize is how long the pieces of a download are, in bytes. A buffer is
// filled with whole pieces, so it ends where a stream may be cut.
const pieceSize = 2048

// A source is a FastTransfer download. Its stream is made part by part, as it
// is fetched: a part is a message or what stands between messages.
type source struct {
	parts  []func(context.Context, *fasttransfer.MessageWriter) error
	pieces [][]byte
	// sync is set for a synchronisation, whose parts are not known before the
	// state has been uploaded.
	sync *synchronization
}

// Room implements [fasttransfer.Sink].
func (*source) Room() int { return pieceSize }

// Put implements [fasttransfer.Sink].
func (s *source) Put(b []byte) error {
	s.pieces = append(s.pieces, bytes.Clone(b))
	return nil
}

// read gives the next at most n bytes of the stream, and whether they are the
// last. It gives nothing when n is too little for the next piece.
func (s *source) read(ctx context.Context, n int) (data []byte, done bool, err error) {
	if s.sync != nil && !s.sync.begun {
		s.parts = s.sync.begin()
	}
	for {
		for len(s.pieces) > 0 && len(data)+len(s.pieces[0]) <= n {
			data = append(data, s.pieces[0]...)
			s.pieces = s.pieces[1:]
		}
		if len(s.pieces) > 0 || len(s.parts) == 0 {
			return data, len(s.pieces) == 0, nil
		}
		w := &fasttransfer.MessageWriter{Writer: fasttransfer.NewWriter(s)}
		if err := s.parts[0](ctx, w); err != nil {
			return nil, false, err
		}
		if err := w.Flush(); err != nil {
			return nil, false, err
		}
		s.parts = s.parts[1:]
	}
}

// sourceGetBuffer gives the next buffer of a download. [MS-OXCFXICS] 3.2.5.8.1.5
func (x *execution) sourceGetBuffer(_ *object, s *source, q *rop.FastTransferSourceGetBufferRequest) (rop.Response, mapi.ErrorCode) {
	const head = 6 + 2 + 2 + 2 + 1 + 2
	resp := &rop.FastTransferSourceGetBufferResponse{TotalStepCount: 1}
	want, room := int(q.BufferSize), x.answer.Room()-head
	if q.BufferSize == rop.ReadMaximum {
		want = int(q.MaximumBufferSize)
	} else if room < want {
		return resp, errNoRoom
	}
	if want < pieceSize {
		return resp, mapi.ErrBufferTooSmall
	}
	data, done, err := s.read(x.ctx, min(want, room))
	switch {
	case err != nil:
		x.request.server.opts.Logger.Info("download broken off", "error", err)
		return resp, mapi.ErrError
	case len(data) == 0 && !done:
		return resp, errNoRoom
	}
	resp.TransferBuffer, resp.TransferStatus = data, rop.TransferPartial
	if done {
		resp.TransferStatus, resp.InProgressCount = rop.TransferDone, 1
	}
	return resp, 0
}

// sendOptions checks how a download shall travel. Strings travel in Unicode,
// so a client has to ask for it. [MS-OXCFXICS] 3.2.5.8.1.1
func sendOptions(o rop.SendOptions) mapi.ErrorCode {
	const known = rop.SendUnicode | rop.SendUseCpid | rop.SendRecoverMode | rop.SendForceUnicode | rop.SendPartialItem
	switch {
	case o&^known != 0:
		return mapi.ErrInvalidParameter
	case o&(rop.SendUnicode|rop.SendForceUnicode) == 0 || o&rop.SendUseCpid != 0:
		return mapi.ErrNotSupported
	}
	return 0
}

// sourceCopyMessages downloads messages of a folder. Those that are not there
// are left out. [MS-OXCFXICS] 3.2.5.8.1.3
func (x *execution) sourceCopyMessages(obj *object, f *folder, q *rop.FastTransferSourceCopyMessagesRequest) (rop.Response, any, mapi.ErrorCode) {
	if code := sendOptions(q.SendOptions); code != 0 {
		return nil, nil, code
	}
	const sendEntryID = 0x20
	s := &source{}
	for _, id := range q.MessageIDs {
		s.parts = append(s.parts, func(ctx context.Context, w *fasttransfer.MessageWriter) error {
			m := obj.logon.box().Message(id)
			if m == nil || m.Folder() != f.Folder {
				return nil
			}
			msg := outside(m.Open(false))
			if q.CopyFlags&sendEntryID != 0 {
				identify(m, &msg.Props)
			}
			return w.Message(ctx, msg, m.Associated())
		})
	}
	return &rop.FastTransferSourceCopyMessagesResponse{}, s, 0
}

// identify adds what tells which message and which change of it this is.
// [MS-OXCFXICS] 2.2.3.1.1.3.1
func identify(m *store.Message, props *mapi.Props) {
	for _, tag := range []mapi.PropTag{mapi.PidTagSourceKey.Tag(), mapi.PidTagLastModificationTime.Tag(),
		mapi.PidTagChangeKey.Tag(), mapi.PidTagPredecessorChangeList.Tag()} {
		if p, code := m.Get(tag); code == 0 {
			props.Set(p)
		}
	}
}

// sourceCopyTo downloads a message without some properties. [MS-OXCFXICS] 3.2.5.8.1.1
func (x *execution) sourceCopyTo(_ *object, m *message, q *rop.FastTransferSourceCopyToRequest) (rop.Response, any, mapi.ErrorCode) {
	if code := sendOptions(q.SendOptions); code != 0 {
		return nil, nil, code
	}
	msg := outside(m.Draft)
	for _, tag := range q.ExcludedTags {
		msg.Props.Delete(tag)
	}
	if q.Level != 0 || tagIn(q.ExcludedTags, mapi.PidTagMessageRecipients.Tag().ID()) {
		msg.Recipients = nil
	}
	if q.Level != 0 || tagIn(q.ExcludedTags, mapi.PidTagMessageAttachments.Tag().ID()) {
		msg.Attachments = nil
	}
	return &rop.FastTransferSourceCopyToResponse{}, &source{parts: []func(context.Context, *fasttransfer.MessageWriter) error{
		func(ctx context.Context, w *fasttransfer.MessageWriter) error { return w.Content(ctx, msg) },
	}}, 0
}

// outside gives an open message as it travels: names instead of ids, and what
// the store computes of its flags.
func outside(d *store.Draft) *mapi.Message {
	msg := d.Mailbox().Export(d.Content()).Message()
	msg.Props.Set(mapi.PidTagMessageFlags.Of(d.Flags()))
	return msg
}
