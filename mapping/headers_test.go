package mapping

import (
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// TestGroups holds that groups of recipients survive both ways, and that who
// is taken out of a group is.
func TestGroups(t *testing.T) {
	for in, want := range map[string]string{
		"Team: Ann <ann@example.com>, bob@example.com;":            "Team: Ann <ann@example.com>, bob@example.com;",
		"x@example.com, \"A, B\": ann@example.com;, y@example.com": "x@example.com, \"A, B\": ann@example.com;, y@example.com",
		"One: a@example.com;, Two: b@example.com;":                 "One: a@example.com;, Two: b@example.com;",
		"Friends:;":                "Friends:;",
		"undisclosed-recipients:;": "undisclosed-recipients:;",
		"Ann: <ann@example.com>":   "Ann: ann@example.com;",
	} {
		res := toMAPI(t, "From: a@example.com\nTo: "+in+"\n\nx\n", ToMAPIOptions{})
		if len(res.Losses) > 0 {
			t.Errorf("%s: losses %v", in, res.Losses)
		}
		out := toMIME(t, res.Message, ToMIMEOptions{})
		if got := parse(t, []byte(out)).Header.Get("To"); strings.TrimSpace(got) != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
		if len(res.Message.Recipients) > 1 {
			res.Message.Recipients = res.Message.Recipients[1:]
			if out := toMIME(t, res.Message, ToMIMEOptions{}); strings.Contains(out, "<ann@") || strings.Contains(out, "One:") {
				t.Errorf("who was taken out is still there:\n%s", out)
			}
		}
	}
}

// TestSpecialFields holds the fields of unified messaging, classification,
// sharing and languages both ways. [MS-OXCMAIL] 2.1.3.2, 2.2.3.2
func TestSpecialFields(t *testing.T) {
	raw := "From: a@example.com\nX-CallingTelephoneNumber: +49 30 1234\nX-VoiceMessageDuration: 45\nX-VoiceMessageSenderName: Ann\nX-FaxNumberOfPages: 3\n" +
		"X-AttachmentOrder: a.wav;b.wav\nX-CallID: 4711\nX-Microsoft-Classified: true\nX-Microsoft-Classification: Secret\nX-Microsoft-ClassDesc: Not for all\n" +
		"X-Microsoft-ClassID: 1234\nX-Microsoft-ClassKeep: true\nX-Sharing-Flavor: 5100\nX-Accept-Language: de, en\nX-List-Help: <mailto:help@example.com>\n" +
		"X-Auto-Response-Suppress: None\nmsip_labels: MSIP_Label_x_Enabled=true\n\nx\n"
	res := toMAPI(t, raw, ToMAPIOptions{})
	ps := res.Message.Props
	if mapi.PidTagVoiceMessageDuration.Get(ps) != 45 || mapi.PidTagFaxNumberOfPages.Get(ps) != 3 || mapi.PidTagCallId.Get(ps) != "4711" ||
		!mapi.PidLidClassified.Get(ps) || mapi.PidLidClassification.Get(ps) != "Secret" || !mapi.PidLidClassificationKeep.Get(ps) ||
		mapi.PidNameXSharingFlavor.Get(ps) != "5100" || mapi.PidNameAcceptLanguage.Get(ps) != "de, en" || mapi.PidTagListHelp.Get(ps) == "" || mapi.PidNameMSIPLabels.Get(ps) == "" {
		t.Errorf("properties are %+v", ps)
	}
	if len(res.Losses) != 0 {
		t.Errorf("losses %v", res.Losses)
	}
	ps.Delete(mapi.PidTagTransportMessageHeaders.Tag())
	out := toMIME(t, &mapi.Message{Props: ps}, ToMIMEOptions{})
	for _, line := range strings.Split(raw, "\n") {
		line = strings.NewReplacer("X-Accept-", "Accept-", "X-List-", "List-").Replace(line)
		if line != "x" && !strings.Contains(out, line+"\r\n") && line != "" {
			t.Errorf("%q is not in:\n%s", line, out)
		}
	}

	unmarked := toMAPI(t, strings.Replace(raw, "X-Microsoft-Classified: true\n", "", 1), ToMAPIOptions{})
	if ps := unmarked.Message.Props; mapi.PidLidClassification.Get(ps) != "" || len(unmarked.Losses) != 3 {
		t.Errorf("a message that is not classified has %q, losses %v", mapi.PidLidClassification.Get(ps), unmarked.Losses)
	}

	older := &mapi.Message{Props: mapi.Props{mapi.PidNameXSenderTelephoneNumber.Of("+49 30 1"), mapi.PidNameXVoiceMessageDuration.Of(7)}}
	if out := toMIME(t, older, ToMIMEOptions{}); !strings.Contains(out, "X-CallingTelephoneNumber: +49 30 1\r\n") || !strings.Contains(out, "X-VoiceMessageDuration: 7\r\n") {
		t.Errorf("named properties are not written:\n%s", out)
	}
}
