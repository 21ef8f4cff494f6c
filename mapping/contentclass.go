package mapping

import (
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/mime"
)

// contentClasses pair the values of Content-Class with message classes.
// [MS-OXCMAIL] 2.1.3.2, [MS-OXOUM] 2.2.1, [MS-OXORMMS] 2.2.1
var contentClasses = []struct{ value, class string }{
	{"fax", "IPM.Note.Microsoft.Fax"}, {"fax-ca", "IPM.Note.Microsoft.Fax.CA"}, {"missedcall", "IPM.Note.Microsoft.Missed.Voice"}, {"voice-uc", "IPM.Note.Microsoft.Conversation.Voice"},
	{"voice-ca", "IPM.Note.Microsoft.Voicemail.UM.CA"}, {"voice", "IPM.Note.Microsoft.Voicemail.UM"}, {"rpmsg.message", "IPM.Note"}, {"Sharing", "IPM.Sharing"},
}

// customPrefix is followed by a name of the sender's own.
const customPrefix = "urn:content-class:custom."

// readContentClass keeps the value and sets the class that it stands for.
func readContentClass(r *reader, raw string) {
	v := mime.DecodeText(raw)
	if v == "" {
		return
	}
	r.default_(mapi.PidNameContentClass.Of(v))
	if hasPrefixFold(v, customPrefix) {
		r.props.Set(mapi.PidTagMessageClass.Of("IPM.Note.Custom." + v[len(customPrefix):]))
		return
	}
	for _, c := range contentClasses {
		if strings.EqualFold(c.value, v) {
			r.props.Set(mapi.PidTagMessageClass.Of(c.class))
			return
		}
	}
}

// writeContentClass writes what was kept, else what the class stands for.
func writeContentClass(w *writer, ps mapi.Props) string {
	v := mapi.PidNameContentClass.Get(ps)
	class := mapi.PidTagMessageClass.Get(ps)
	for i := range contentClasses {
		if c := &contentClasses[i]; v == "" && c.class != "IPM.Note" && strings.EqualFold(c.class, class) {
			v = c.value
		}
	}
	if v == "" && hasPrefixFold(class, "IPM.Note.Custom.") {
		v = customPrefix + class[len("IPM.Note.Custom."):]
	}
	return mime.EncodeText(v, len("Content-Class: "), w.opts.UTF8)
}
