package vcard

import (
	"errors"
	"fmt"
	"hash/crc32"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
	"github.com/mapigate/mapigate/mapping/contentline"
)

// isGroup tells cards of groups. RFC 6350 6.1.4
func isGroup(c *contentline.Component) bool {
	return strings.EqualFold(c.Value("KIND"), "group") || strings.EqualFold(c.Value("X-ADDRESSBOOKSERVER-KIND"), "group")
}

// group makes the distribution list of a group. [MS-OXOCNTC] 2.2.2
func (r *reader) group(c *contentline.Component, m *mapi.Message) {
	m.Props = mapi.Props{mapi.PidTagMessageClass.Of(classDistList), mapi.PidTagIconIndex.Of(0x202)}
	r.apply(c, m)
	r.notes(c, &m.Props)
	name := displayName(c, m.Props)
	for _, p := range []mapi.Prop{mapi.PidTagDisplayName.Of(name), mapi.PidTagSubject.Of(name), mapi.PidLidDistributionListName.Of(name), mapi.PidLidFileUnder.Of(name)} {
		m.Props.Set(p)
	}
	var members [][]byte
	size := 0
	for _, p := range append(c.All("MEMBER"), c.All("X-ADDRESSBOOKSERVER-MEMBER")...) {
		display, address := r.member(text(p))
		id, ok := oneOff(display, "SMTP", address)
		where := fmt.Sprintf("VCARD %s on line %d", p.Name, p.Line)
		if address == "" || !ok {
			r.lose(where, p.Value, errors.New("the member has no mail address"))
			continue
		}
		if size += len(id); size > maxMembers {
			r.lose(where, p.Value, fmt.Errorf("a list holds %d bytes of members", maxMembers))
			continue
		}
		members = append(members, id)
	}
	if len(members) > 0 {
		m.Props.Set(mapi.PidLidDistributionListMembers.Of(members))
		m.Props.Set(mapi.PidLidDistributionListOneOffMembers.Of(members))
		m.Props.Set(mapi.PidLidDistributionListChecksum.Of(checksum(members)))
	}
}

// maxMembers is how long the members of a list may be in all. [MS-OXOCNTC] 2.2.2.2.1
const maxMembers = 15000

// checksum is that of the members. [MS-OXOCNTC] 2.2.2.2.3
func checksum(members [][]byte) int32 {
	sum := ^uint32(0)
	for _, m := range members {
		sum = crc32.Update(sum, crc32.IEEETable, m)
	}
	return int32(^sum)
}

// member finds the name and address of a member: a mail address, or a card of
// the same stream.
func (r *reader) member(uri string) (name, address string) {
	if len(uri) > 7 && strings.EqualFold(uri[:7], "mailto:") {
		return uri[7:], uri[7:]
	}
	if m := r.byUID[strings.ToLower(strings.TrimPrefix(uri, "urn:uuid:"))]; m != nil {
		return mapi.PidTagDisplayName.Get(m.Props), mapi.PidLidEmail1EmailAddress.Get(m.Props)
	}
	if strings.Contains(uri, "@") && !strings.Contains(uri, ":") {
		return uri, uri
	}
	return "", ""
}

// members writes the members of a list, those that are addresses themselves.
func (w *writer) members(ps mapi.Props) {
	name := "MEMBER"
	if w.version < 4 {
		name = "X-ADDRESSBOOKSERVER-MEMBER"
	}
	list := mapi.PidLidDistributionListOneOffMembers.Get(ps)
	if len(list) == 0 {
		list = mapi.PidLidDistributionListMembers.Get(ps)
	}
	for i, raw := range list {
		var id mapi.OneOffEntryID
		if err := wire.Unmarshal(raw, &id); err != nil {
			w.lose("distribution list", fmt.Sprintf("member %d", i+1), "its EntryID is not an address")
			continue
		}
		address := id.EmailAddress
		if !strings.EqualFold(id.AddressType, "SMTP") {
			if address = ""; w.opts.SMTPAddress != nil {
				address = w.opts.SMTPAddress(id.AddressType, id.EmailAddress)
			}
		}
		if address == "" {
			w.lose("distribution list", id.DisplayName, "it has no SMTP address")
			continue
		}
		w.Line(name, "mailto:"+contentline.Escape(address))
	}
}
