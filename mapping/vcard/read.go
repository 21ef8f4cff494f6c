package vcard

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/contentline"
	"github.com/mapigate/mapigate/mapping/loss"
)

// Message classes.
const (
	classContact  = "IPM.Contact"
	classDistList = "IPM.DistList"
)

// A reader turns one stream into messages.
type reader struct {
	result *Result
	// byUID finds the cards that groups name.
	byUID map[string]*mapi.Message
}

// maxLosses is how many losses are listed.
const maxLosses = 200

func (r *reader) lose(where, what string, err error) {
	if len(r.result.Losses) < maxLosses {
		r.result.Losses = append(r.result.Losses, loss.Loss{Where: where, What: cut(what, 80), Reason: err.Error()})
	}
}

// ToMAPI reads vCards. Damage is not an error but a loss; errors are the
// reader's and [ErrNoCard].
func ToMAPI(src io.Reader, opts Options) (*Result, error) {
	if opts.Cards <= 0 {
		opts.Cards = 1000
	}
	roots, problems, err := contentline.Parse(src, contentline.Limits{Bytes: opts.Bytes})
	if err != nil {
		return nil, err
	}
	r := &reader{result: &Result{}, byUID: map[string]*mapi.Message{}}
	for _, p := range problems {
		r.lose(fmt.Sprintf("line %d", p.Line), p.What, p.Err)
	}
	var groups []*contentline.Component
	var lists []*mapi.Message
	cards := 0
	for _, c := range roots {
		if c.Name != "VCARD" {
			r.lose(fmt.Sprintf("line %d", c.Line), c.Name, errors.New("it is not a card"))
			continue
		}
		if cards++; cards > opts.Cards {
			r.lose(fmt.Sprintf("line %d", c.Line), "cards that follow", fmt.Errorf("more than the limit of %d", opts.Cards))
			break
		}
		m := &mapi.Message{}
		r.result.Messages = append(r.result.Messages, m)
		if isGroup(c) {
			groups, lists = append(groups, c), append(lists, m)
			continue
		}
		r.contact(c, m)
		if uid := named("DAV:uid").Get(m.Props); uid != "" {
			r.byUID[strings.ToLower(strings.TrimPrefix(uid, "urn:uuid:"))] = m
		}
	}
	for i, c := range groups { // when all cards are known
		r.group(c, lists[i])
	}
	if len(r.result.Messages) == 0 {
		return r.result, ErrNoCard
	}
	return r.result, nil
}

// elsewhere are the properties that no rule reads.
var elsewhere = map[string]bool{"VERSION": true, "PRODID": true, "FN": true, "KIND": true, "PHOTO": true, "PROFILE": true, "NAME": true, "SOURCE": true,
	"X-MS-CARDPICTURE": true, "X-ADDRESSBOOKSERVER-KIND": true, "X-ADDRESSBOOKSERVER-MEMBER": true, "MEMBER": true, "SORT-STRING": true}

// contact makes the message of a card. [MS-OXVCARD] 2.1.3
func (r *reader) contact(c *contentline.Component, m *mapi.Message) {
	m.Props = mapi.Props{mapi.PidTagMessageClass.Of(classContact), mapi.PidTagIconIndex.Of(0x200)}
	r.apply(c, m)
	r.notes(c, &m.Props)
	r.photo(c, m)
	name := displayName(c, m.Props)
	m.Props.Set(mapi.PidTagDisplayName.Of(name))
	m.Props.Set(mapi.PidTagSubject.Of(name))
	m.Props.Set(mapi.PidLidFileUnder.Of(fileUnder(m.Props, name)))
	setEmailNames(&m.Props, name)
	composeAddresses(&m.Props)
}

// apply runs the rules over a card and lists what has no place.
func (r *reader) apply(c *contentline.Component, m *mapi.Message) {
	for i := range c.Properties {
		p := &c.Properties[i]
		if elsewhere[p.Name] {
			continue
		}
		where := fmt.Sprintf("VCARD %s on line %d", p.Name, p.Line)
		known := false
		for _, rule := range rules {
			if rule.name != p.Name {
				continue
			}
			if known = true; !rule.read(&m.Props, p) {
				r.lose(where, p.Value, errors.New("the contact has no place for it"))
			}
		}
		if !known {
			r.lose(where, p.Value, errors.New("MAPI has no such property"))
		}
	}
	for _, inner := range c.Components {
		r.lose(fmt.Sprintf("line %d", inner.Line), inner.Name, errors.New("a card within a card"))
	}
}

// maxNote is how long all notes together may be.
const maxNote = 1 << 20

// notes joins the notes of a card into the body.
func (r *reader) notes(c *contentline.Component, ps *mapi.Props) {
	var body strings.Builder
	for _, p := range c.All("NOTE") {
		v := strings.ReplaceAll(contentline.Text(plain(p)), "\n", "\r\n")
		if body.Len()+len(v) > maxNote {
			r.lose(fmt.Sprintf("VCARD NOTE on line %d", p.Line), v, fmt.Errorf("the notes are longer than %d bytes", maxNote))
			continue
		}
		if body.Len() > 0 {
			body.WriteString("\r\n")
		}
		body.WriteString(v)
	}
	if body.Len() > 0 {
		ps.Set(mapi.PidTagBody.Of(body.String()))
	}
}

// displayName gives FN, or puts it together.
func displayName(c *contentline.Component, ps mapi.Props) string {
	if p := c.Get("FN"); p != nil {
		if v := text(p); v != "" {
			return cut(v, 1024)
		}
	}
	name := strings.Join(notEmpty([]string{mapi.PidTagDisplayNamePrefix.Get(ps), mapi.PidTagGivenName.Get(ps), mapi.PidTagMiddleName.Get(ps),
		mapi.PidTagSurname.Get(ps), mapi.PidTagGeneration.Get(ps)}), " ")
	for _, other := range []string{mapi.PidTagNickname.Get(ps), mapi.PidTagCompanyName.Get(ps), mapi.PidLidEmail1EmailAddress.Get(ps)} {
		if name == "" {
			name = other
		}
	}
	return cut(name, 1024)
}

// fileUnder is how the contact is sorted: surname first.
func fileUnder(ps mapi.Props, name string) string {
	surname := mapi.PidTagSurname.Get(ps)
	given := strings.Join(notEmpty([]string{mapi.PidTagGivenName.Get(ps), mapi.PidTagMiddleName.Get(ps)}), " ")
	if surname == "" || given == "" {
		return name
	}
	return surname + ", " + given
}

// setEmailNames shows the contact's name with each address.
func setEmailNames(ps *mapi.Props, name string) {
	for _, place := range emailPlaces {
		if address := place.address.Get(*ps); address != "" && name != "" && name != address {
			ps.Set(place.displayName.Of(name + " (" + address + ")"))
		}
	}
}

// composeAddresses puts whole addresses together where no label gave them, and
// copies the one for the post. [MS-OXOCNTC] 2.2.1.3
func composeAddresses(ps *mapi.Props) {
	for _, a := range addressPlaces {
		get := func(i int) string { v, _ := fieldOf(a.fields[i], *ps); return v }
		if full, _ := a.full.From(*ps); full == "" && a.taken(*ps) {
			city := strings.Join(notEmpty([]string{get(3), strings.Join(notEmpty([]string{get(4), get(5)}), " ")}), ", ")
			ps.Set(a.full.Of(strings.Join(notEmpty([]string{get(2), get(0), city, get(6)}), "\r\n")))
		}
		if mapi.PidLidPostalAddressId.Get(*ps) != a.id || !a.taken(*ps) {
			continue
		}
		for i, tag := range postalFields {
			if v := get(i); v != "" && tag != 0 {
				ps.Set(tag.Of(v))
			}
		}
	}
}
