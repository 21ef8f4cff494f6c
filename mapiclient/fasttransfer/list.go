package fasttransfer

import (
	"errors"

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
	var err error
	item.Message, err = p.message(0)
	if errors.Is(err, ErrTooLarge) {
		item.Message, item.Err = nil, err
		return p.skip(EndMessage)
	}
	if err != nil {
		return err
	}
	return p.expect(EndMessage)
}

// skip passes over everything up to and with the marker m.
func (p *parser) skip(m Marker) error {
	for {
		e, err := p.peek()
		if err != nil {
			return err
		}
		if p.end {
			return p.unexpected(e, "want "+m.String())
		}
		found := e.Marker == m
		p.take()
		if found {
			return nil
		}
	}
}
