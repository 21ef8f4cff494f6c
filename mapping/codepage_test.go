package mapping

import (
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/charset"
)

// TestPreferredCharset holds that the text is written in the message's code
// page where that has all its letters, and in UTF-8 otherwise.
func TestPreferredCharset(t *testing.T) {
	for _, c := range []struct {
		text, asked, want string
	}{
		{"Grüße", "iso-8859-1", "iso-8859-1"}, {"Grüße für 5 €", "iso-8859-1", "utf-8"}, {"Grüße für 5 €", "windows-1252", "windows-1252"},
		{"Привет", "koi8-r", "koi8-r"}, {"Привет", "windows-1252", "utf-8"}, {"Привет", "utf-8", "utf-8"}, {"猫", "iso-2022-jp", "utf-8"},
		{"hello", "koi8-r", "us-ascii"}, {"Grüße", "", "utf-8"},
	} {
		msg := &mapi.Message{Props: mapi.Props{mapi.PidTagMessageClass.Of("IPM.Note"), mapi.PidTagBody.Of(c.text + "\r\n")}}
		if cp := charset.CodePage(c.asked); c.asked != "" {
			msg.Props.Set(mapi.PidTagInternetCodepage.Of(int32(cp)))
		}
		out := toMIME(t, msg, ToMIMEOptions{})
		if !strings.Contains(out, "charset="+c.want+"\r\n") {
			t.Errorf("%q in %q:\n%s", c.text, c.asked, out)
		}
		if got := mapi.PidTagBody.Get(toMAPI(t, strings.ReplaceAll(out, "\r\n", "\n"), ToMAPIOptions{}).Message.Props); got != c.text+"\r\n" {
			t.Errorf("%q in %q became %q:\n%q", c.text, c.asked, got, out)
		}
	}
}
