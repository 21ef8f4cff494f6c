package mapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// DecodeJSON reads a message that [EncodeJSON] wrote. It is strict: unknown
// members, properties that appear twice and values that do not fit their tag
// are errors, which name their place, such as attachments[0].props.PidTagAttachMethod.
// The whole message is held in memory; bound r.
func DecodeJSON(r io.Reader) (*Message, error) {
	d := jsonDecoder{json.NewDecoder(r)}
	m, err := d.message(nil, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("there is more behind the message")
	}
	return m, nil
}

type jsonDecoder struct{ *json.Decoder }

// object reads an object and hands each key to member, which reads its value.
func (d jsonDecoder) object(path jsonPath, member func(key string) error) error {
	if err := d.delim('{'); err != nil {
		return path.err(err)
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return path.err(syntaxError(err))
		}
		if err := member(t.(string)); err != nil {
			return path.err(err)
		}
	}
	_, err := d.Token()
	if err != nil {
		return path.err(syntaxError(err))
	}
	return nil
}

// array reads an array and calls element for each of its elements.
func (d jsonDecoder) array(path jsonPath, element func(i int) error) error {
	if err := d.delim('['); err != nil {
		return path.err(err)
	}
	for i := 0; d.More(); i++ {
		if err := element(i); err != nil {
			return path.index(i).err(err)
		}
	}
	if _, err := d.Token(); err != nil {
		return path.err(syntaxError(err))
	}
	return nil
}

func (d jsonDecoder) delim(want json.Delim) error {
	t, err := d.Token()
	if err != nil {
		return syntaxError(err)
	}
	if t != want {
		return fmt.Errorf("want %v", want)
	}
	return nil
}

// syntaxError tells where JSON is broken.
func syntaxError(err error) error {
	var s *json.SyntaxError
	switch {
	case errors.As(err, &s):
		return fmt.Errorf("%w (at byte %d)", err, s.Offset)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the JSON ends too early")
	}
	return err
}

func (d jsonDecoder) message(path jsonPath, depth int) (*Message, error) {
	if depth > maxJSONDepth {
		return nil, path.err(errJSONDepth)
	}
	m := new(Message)
	seen := make(map[string]bool)
	err := d.object(path, func(key string) (err error) {
		if err := once(seen, key); err != nil {
			return err
		}
		path := path.key(key)
		switch key {
		case jsonProps:
			m.Props, err = d.bag(path)
		case jsonRecipients:
			m.Recipients, err = d.recipients(path)
		case jsonAttachments:
			err = d.array(path, func(i int) error {
				a, err := d.attachment(path.index(i), depth)
				m.Attachments = append(m.Attachments, a)
				return err
			})
		default:
			err = unknownMember(key)
		}
		return err
	})
	return m, err
}

func unknownMember(key string) error { return fmt.Errorf("unknown member %q", key) }

func once(seen map[string]bool, key string) error {
	if seen[key] {
		return fmt.Errorf("%q appears twice", key)
	}
	seen[key] = true
	return nil
}

func (d jsonDecoder) recipients(path jsonPath) ([]Recipient, error) {
	var rs []Recipient
	err := d.array(path, func(i int) error {
		path := path.index(i)
		ps, err := d.bag(path)
		if err != nil {
			return err
		}
		t, ok := PidTagRecipientType.From(ps)
		if !ok {
			return path.err(errors.New("PidTagRecipientType is missing"))
		}
		r := Recipient{Type: RecipientTypeOf(t), Props: ps}
		if r.Type.Property() != t {
			return path.key(PidTagRecipientType.String()).err(fmt.Errorf("recipient type %d has unknown bits", t))
		}
		r.Props.Delete(PidTagRecipientType.Tag())
		rs = append(rs, r)
		return nil
	})
	return rs, err
}

func (d jsonDecoder) attachment(path jsonPath, depth int) (Attachment, error) {
	var a Attachment
	seen := make(map[string]bool)
	err := d.object(path, func(key string) (err error) {
		if err := once(seen, key); err != nil {
			return err
		}
		switch key {
		case jsonProps:
			a.Props, err = d.bag(path.key(key))
		case jsonMessage:
			a.Message, err = d.message(path.key(key), depth+1)
		default:
			err = unknownMember(key)
		}
		return err
	})
	if err != nil {
		return a, err
	}
	return a, a.takeData(path)
}

// takeData turns the property that holds the content into the stream.
func (a *Attachment) takeData(path jsonPath) error {
	tag := dataTag(a.Props)
	for _, p := range a.Props {
		if p.Tag != tag || p.Name != nil || p.Value == nil {
			continue
		}
		if a.Message != nil {
			return path.err(errors.New("attachment has both data and a message"))
		}
		switch v := p.Value.(type) {
		case []byte:
			a.Data = BytesStream(v)
		case Object:
			a.Data = BytesStream(v)
		}
		a.Props.Delete(tag)
		return nil
	}
	return nil
}

func (d jsonDecoder) bag(path jsonPath) (Props, error) {
	type identity struct {
		tag  PropTag
		name PropertyName
	}
	ps := Props{}
	seen := make(map[identity]bool)
	err := d.object(path, func(key string) error {
		path := path.key(key)
		p, err := d.prop(path, key)
		if err != nil {
			return err
		}
		id := identity{tag: p.Tag}
		if p.Name != nil {
			id = identity{MakeTag(0, p.Tag.Type()), p.Name.folded()}
		}
		if seen[id] {
			return path.err(errJSONDuplicate)
		}
		seen[id] = true
		ps = append(ps, p)
		return nil
	})
	return ps, err
}

func (d jsonDecoder) prop(path jsonPath, key string) (Prop, error) {
	var tag *PropTag
	var raw json.RawMessage
	err := d.object(path, func(member string) error {
		switch {
		case member == jsonTag && tag == nil:
			var s string
			if err := d.Decode(&s); err != nil {
				return path.key(member).err(errors.New("want a string"))
			}
			t, err := parseHexTag(s)
			tag = &t
			return err
		case member == jsonValue && raw == nil:
			return syntaxError(d.Decode(&raw))
		}
		return unknownMember(member)
	})
	switch {
	case err != nil:
		return Prop{}, err
	case tag == nil:
		return Prop{}, path.err(errJSONNoTag)
	case raw == nil:
		return Prop{}, path.err(errJSONNoValue)
	}
	p, err := parseJSONKey(key, *tag)
	if err != nil {
		return p, path.err(err)
	}
	if p.Value, err = parseJSON(tag.Type(), raw); err != nil {
		return p, path.key(jsonValue).err(err)
	}
	return p, nil
}
