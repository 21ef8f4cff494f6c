package mapitest_test

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// quirkScenarios show quirks that the other scenarios don't, so that the server
// they are named after can decide.
func quirkScenarios() []scenario {
	return []scenario{
		{"names of headers", func(c *client, log func(string, any)) {
			names := []mapi.PropertyName{{Set: mapi.PSInternetHeaders, Name: "X-Mapigate-Loud"}, {Set: mapi.PSInternetHeaders, Name: "x-mapigate-LOUD"}}
			r, code := ask(c, c.logon, &rop.GetPropertyIDsFromNamesRequest{Flags: rop.NamesCreate, Names: names})
			log("register", code)
			log("one id", r.IDs[0] == r.IDs[1])
			log("its name", do1(c, c.logon, &rop.GetNamesFromPropertyIDsRequest{IDs: r.IDs[:1]}).Names[0].Name)
		}},
		{"too many properties", func(c *client, log func(string, any)) {
			h := c.newMessage(rop.FolderOutbox)
			for i := range 4 {
				c.set(h, mapi.Prop{Tag: mapi.MakeTag(mapi.PropID(0x6700+i), mapi.PtypBinary), Value: make([]byte, 12000)})
			}
			_, code := ask(c, h, &rop.GetPropertiesAllRequest{WantUnicode: true})
			log("all of them", code)
		}},
		{"read and unread", func(c *client, log func(string, any)) {
			h := c.newMessage(rop.FolderOutbox)
			c.save(h)
			for _, f := range []rop.ReadFlags{rop.ReadDefault, rop.ReadClearFlag} {
				_, code := ask(c, h, &rop.SetMessageReadFlagRequest{ReadFlags: f})
				log(fmt.Sprint("flag ", f), code)
			}
			tag := mapi.PidTagMessageFlags
			log("flags", fmt.Sprintf("0x%X", tag.Get(c.get(h, tag.Tag()))))
		}},
		{"compression", func(c *client, log func(string, any)) {
			before := c.flags
			defer func() { c.flags = before }()
			c.flags = 0
			resp, err := c.execute([]byte{2, 0})
			if err != nil {
				c.t.Fatal(err)
			}
			log("flags", frame.PayloadFlags(resp.RopBuffer[2]))
		}},
		{"announced mail", func(c *client, log func(string, any)) {
			sub, _ := create(c, c.logon, &rop.RegisterNotificationRequest{WantWholeStore: true, Types: rop.NotifyNewMail})
			id := c.save(c.newMessage(rop.FolderOutbox))
			b := rop.NewBatch(0)
			call := rop.Add(b, b.Use(c.logon), &rop.TransportNewMailRequest{MessageID: id, FolderID: c.folders[rop.FolderOutbox], MessageClass: "IPM.Note"})
			c.run(b)
			log("announce", outcome(call.Err()))
			got := b.Notifications
			for end := time.Now().Add(2 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
				got = append(got, collect(c).Notifications...)
				for _, n := range got {
					log("ids exchanged", n.Data.FolderID == mapi.FolderID(id) && n.Data.MessageID == mapi.MessageID(c.folders[rop.FolderOutbox]))
					end = time.Now()
				}
			}
			b = rop.NewBatch(0)
			b.Release(b.Use(sub))
			c.run(b)
		}},
		{"refusals", func(c *client, log func(string, any)) {
			try := func(what string, change func(*http.Request)) {
				r := c.request(frame.Ping, nil)
				change(r)
				a, err := c.do(r)
				if err != nil {
					c.t.Fatal(err)
				}
				log(what, fmt.Sprintf("HTTP %d, code %d", a.status, a.code))
			}
			try("a good PING", func(*http.Request) {})
			try("no X-RequestType", func(r *http.Request) { r.Header.Del(frame.HeaderRequestType) })
			try("no X-ClientInfo", func(r *http.Request) { r.Header.Del(frame.HeaderClientInfo) })
			try("no X-ClientApplication", func(r *http.Request) { r.Header.Del(frame.HeaderClientApplication) })
			try("another MailboxId", func(r *http.Request) { r.URL.RawQuery = "MailboxId=whatever" })
			try("no MailboxId", func(r *http.Request) { r.URL.RawQuery = "" })
			try("no cookies", func(r *http.Request) { r.Header.Del("Cookie") })
		}},
		{"names of cookies", func(c *client, log func(string, any)) {
			log("sid", c.cookies["sid"] != "")
			log("sequence", c.cookies["sequence"] != "")
			log("how many", len(c.cookies))
		}},
		{"an end of a chain", func(c *client, log func(string, any)) {
			for range 40 {
				c.save(c.newMessage(rop.FolderOutbox, mapi.PidTagSubject.Of(strings.Repeat("s", 1000))))
			}
			table, _ := create(c, c.openFolder(c.folders[rop.FolderOutbox]), &rop.GetContentsTableRequest{})
			columns := []mapi.PropTag{mapi.PidTagSubject.Tag()}
			do1(c, table, &rop.SetColumnsRequest{Tags: columns})
			before := c.flags
			defer func() { c.flags = before }()
			for _, n := range []uint16{20, 500} {
				do1(c, table, &rop.SeekRowRequest{Origin: rop.BookmarkBeginning})
				b := rop.NewBatch(0)
				rop.Add(b, b.Use(table), &rop.QueryRowsRequest{Flags: rop.QueryEnablePackedBuffers, ForwardRead: true, RowCount: n, Columns: columns})
				c.flags = before | frame.ExecuteChain
				log(fmt.Sprint("the last payload of ", n, " rows is empty"), lastIsEmpty(c, b))
				c.flags = before
			}
		}},
		{"an unknown type", func(c *client, log func(string, any)) {
			r := c.request(frame.RequestType("Dance"), nil)
			a, err := c.do(r)
			if err != nil {
				c.t.Fatal(err)
			}
			log("answer", fmt.Sprintf("HTTP %d, code %d, %d cookies", a.status, a.code, len(a.header.Values("Set-Cookie"))))
			_, err = c.execute([]byte{2, 0})
			log("the next Execute", err)
		}},
	}
}

// lastIsEmpty tells whether the last payload of a chained answer has no response.
func lastIsEmpty(c *client, b *rop.Batch) bool {
	c.t.Helper()
	payload, err := b.Encode()
	if err != nil {
		c.t.Fatal(err)
	}
	resp, err := c.execute(payload)
	if err != nil {
		c.t.Fatal(err)
	}
	payloads, err := frame.Payloads(resp.RopBuffer, 1<<20)
	if err != nil {
		c.t.Fatal(err)
	}
	last := payloads[len(payloads)-1]
	return len(payloads) > 1 && last[0] == 2 && last[1] == 0
}
