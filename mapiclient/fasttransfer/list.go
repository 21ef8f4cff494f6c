package fasttransfer

import (
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// An Item is one message of a list, or what stands in its place.
type Item struct {
	// Message is nil when the server could not give it.
	Message *mapi.Message
	// Associated tells a folder associated message.
	Associated bool
	// Warning is what the server says about the message: ecWarnPartiallyComplete
	// or why it is not there. [MS-OXCFXICS] 2.2.4.1.5.2
	Warning mapi.ErrorCode
	// SourceKey and ID are the message's PidTagSourceKey and PidTagMid where the
	// server sends them, for a message that is too large as well.
	SourceKey []byte
	ID        mapi.MessageID
	// Err is ErrTooLarge for a message larger than the limit. The rest of the
	// list goes on behind it.
	Err error
}

// ReadMessageList reads the stream of some messages of a folder, as
// CopyMessages gives it, and gives each to take as it comes. An error of take
// ends the reading. [MS-OXCFXICS] 2.2.4.3.17
func ReadMessageList(r *Reader, limit int64, take func(*Item) error) error {
	p := newParser(r, limit)
	for {
		item, err := p.item()
		if err != nil {
			return err
		}
		if item == nil {
			return nil
		}
		if err := take(item); err != nil {
			return err
		}
	}
}

// item reads the next message of a list, or nil at its end.
func (p *parser) item() (*Item, error) {
	item := &Item{}
	for {
		e, err := p.peek()
		if err != nil {
			return nil, err
		}
		switch {
		case p.end && item.Warning == 0:
			return nil, nil
		case p.end:
			return item, nil
		case e.Marker == StartMessage || e.Marker == StartFAIMsg:
			item.Associated = e.Marker == StartFAIMsg
			p.take()
			return item, p.listed(item)
		case e.Marker != 0 || !isMeta(e.Prop.Tag):
			return nil, p.unexpected(e, "want a message")
		case e.Prop.Tag == MetaTagEcWarning.Tag():
			if item.Warning != 0 {
				return item, nil // of a message that is not there
			}
			item.Warning = warning(e.Prop)
		}
		p.take()
	}
}

func warning(p mapi.Prop) mapi.ErrorCode {
	code, _ := p.Value.(int32)
	return mapi.ErrorCode(uint32(code))
}

// listed reads a message up to its end.
func (p *parser) listed(item *Item) error {
	p.left = p.limit
	msg, err := p.message(0)
	for i := range msg.Props {
		item.identify(&msg.Props[i])
	}
	if errors.Is(err, ErrTooLarge) {
		item.Err = err
		return p.skipMessage(item)
	}
	if err != nil {
		return err
	}
	item.Message = msg
	return p.expect(EndMessage)
}

// identify keeps a property that tells which message this is.
func (item *Item) identify(p *mapi.Prop) {
	switch v := p.Value.(type) {
	case []byte:
		if p.Tag == mapi.PidTagSourceKey.Tag() {
			item.SourceKey = v
		}
	case int64:
		if p.Tag == mapi.PidTagMid.Tag() {
			item.ID = mapi.MessageID(uint64(v))
		}
	}
}

// skipMessage passes over the rest of a message but keeps what identifies it.
func (p *parser) skipMessage(item *Item) error {
	children := false
	start := p.r.Offset()
	for {
		if err := p.endless(start); err != nil {
			return err
		}
		e, err := p.peek()
		if err != nil {
			return err
		}
		if p.end {
			return p.unexpected(e, "want EndMessage")
		}
		m := e.Marker
		if !children {
			item.identify(&e.Prop)
		}
		children = children || m == StartRecip || m == NewAttach
		if p.take(); m == EndMessage {
			return nil
		}
	}
}

// maxSkip is how much of a message that is too large is passed over, in bytes.
const maxSkip = 8 << 30

// endless fails when what began at start has not come to its end for too long.
func (p *parser) endless(start int64) error {
	if at := p.r.Offset(); at-start > maxSkip {
		return &Error{at, fmt.Errorf("a message is longer than %d bytes", int64(maxSkip))}
	}
	return nil
}
