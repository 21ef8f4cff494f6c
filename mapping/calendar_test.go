package mapping

import (
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

const invitation = `From: Ann <ann@example.com>
To: Bob <bob@example.net>
Subject: Lunch
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=utf-8

Come and eat.
--b
Content-Type: text/html; charset=utf-8

<p>Come and eat.</p>
--b
Content-Type: text/calendar; charset=utf-8; method=REQUEST

BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//EN
METHOD:REQUEST
BEGIN:VEVENT
UID:20260505-lunch@example.com
DTSTAMP:20260501T100000Z
DTSTART:20260505T110000Z
DTEND:20260505T120000Z
SUMMARY:Lunch
LOCATION:Canteen
ORGANIZER;CN=Ann:mailto:ann@example.com
ATTENDEE;CN=Bob;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob@example.net
ATTENDEE;CN=Carol;PARTSTAT=NEEDS-ACTION;ROLE=OPT-PARTICIPANT:mailto:carol@example.net
SEQUENCE:0
END:VEVENT
END:VCALENDAR
--b--
`

// TestInvitation takes a meeting request both ways.
func TestInvitation(t *testing.T) {
	res := toMAPI(t, invitation, ToMAPIOptions{})
	msg := res.Message
	if class := mapi.PidTagMessageClass.Get(msg.Props); class != "IPM.Schedule.Meeting.Request" {
		t.Fatalf("class is %s, losses %v", class, res.Losses)
	}
	if mapi.PidLidLocation.Get(msg.Props) != "Canteen" || mapi.PidTagBody.Get(msg.Props) == "" || len(msg.Recipients) != 1 {
		t.Errorf("came in as %+v", msg.Props)
	}
	out := toMIME(t, msg, ToMIMEOptions{})
	for _, want := range []string{"Content-Type: multipart/alternative;", "Content-Type: text/calendar; charset=utf-8; method=REQUEST\r\n", "\r\nMETHOD:REQUEST\r\n", "LOCATION", "20260505T110000Z", "UID:20260505-lunch@example.com", "To: Bob <bob@example.net>", "<p>Come and eat.</p>"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
	again := toMAPI(t, strings.ReplaceAll(out, "\r\n", "\n"), ToMAPIOptions{}).Message
	if a, b := mapi.PidLidAppointmentStartWhole.Get(msg.Props), mapi.PidLidAppointmentStartWhole.Get(again.Props); !a.Equal(b) || a.IsZero() {
		t.Errorf("start %v became %v", a, b)
	}
}

// TestInvitationEnvelope holds that attendees do not become recipients who are
// not in the envelope.
func TestInvitationEnvelope(t *testing.T) {
	msg := toMAPI(t, invitation, ToMAPIOptions{Recipients: []string{"bob@example.net"}}).Message
	if len(msg.Recipients) != 1 || mapi.PidTagSmtpAddress.Get(msg.Recipients[0].Props) != "bob@example.net" {
		t.Errorf("recipients are %+v", msg.Recipients)
	}
}

// TestAttachedCalendar holds that an attached .ics stays a file.
func TestAttachedCalendar(t *testing.T) {
	raw := strings.Replace(invitation, "method=REQUEST\n", "method=REQUEST\nContent-Disposition: attachment; filename=lunch.ics\n", 1)
	msg := toMAPI(t, raw, ToMAPIOptions{}).Message
	if class := mapi.PidTagMessageClass.Get(msg.Props); class != "IPM.Note" || len(msg.Attachments) != 1 {
		t.Errorf("class %s with %d attachments", class, len(msg.Attachments))
	}
}
