package mapping

import (
	"strconv"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/mime"
)

// importances are the words of PidTagImportance. [MS-OXCMAIL] 2.2.3.2.5
var importances = [...]string{"low", "normal", "high"}

// indexOf finds a word without regard to case.
func indexOf(words []string, v string) int {
	for i, w := range words {
		if strings.EqualFold(w, v) {
			return i
		}
	}
	return -1
}

func readImportance(r *reader, raw string) {
	if i := indexOf(importances[:], mime.Unfold(raw)); i >= 0 {
		r.default_(mapi.PidTagImportance.Of(int32(i)))
	}
}

func writeImportance(_ *writer, ps mapi.Props) string {
	if i, ok := mapi.PidTagImportance.From(ps); ok && (i == 0 || i == 2) {
		return importances[i]
	}
	return ""
}

// readXPriority reads "1 (Highest)" to "5 (Lowest)". [MS-OXCMAIL] 2.2.3.2.5
func readXPriority(r *reader, raw string) {
	v := mime.Unfold(raw)
	if v == "" || v[0] < '1' || v[0] > '5' {
		return
	}
	r.default_(mapi.PidTagImportance.Of([...]int32{2, 2, 1, 0, 0}[v[0]-'1']))
}

func writeXPriority(_ *writer, ps mapi.Props) string {
	switch i, ok := mapi.PidTagImportance.From(ps); {
	case ok && i == 2:
		return "1"
	case ok && i == 0:
		return "5"
	}
	return ""
}

// priorities are the words of PidTagPriority, -1, 0 and 1. [MS-OXCMAIL] 2.2.3.2.5
var priorities = [...]string{"non-urgent", "normal", "urgent"}

func readPriority(r *reader, raw string) {
	i := indexOf(priorities[:], mime.Unfold(raw))
	if i < 0 {
		return
	}
	r.default_(mapi.PidTagPriority.Of(int32(i - 1)))
	r.default_(mapi.PidTagImportance.Of(int32(i)))
}

func writePriority(_ *writer, ps mapi.Props) string {
	if p, ok := mapi.PidTagPriority.From(ps); ok && (p == -1 || p == 1) {
		return priorities[p+1]
	}
	return ""
}

// sensitivities are the words of PidTagSensitivity. [MS-OXCMAIL] 2.1.3.2.6, 2.2.3.2
var sensitivities = [...]string{"normal", "personal", "private", "company-confidential"}

func readSensitivity(r *reader, raw string) {
	if i := indexOf(sensitivities[:], mime.Unfold(raw)); i >= 0 {
		r.default_(mapi.PidTagSensitivity.Of(int32(i)))
	}
}

func writeSensitivity(_ *writer, ps mapi.Props) string {
	if s, ok := mapi.PidTagSensitivity.From(ps); ok && s > 0 && int(s) < len(sensitivities) {
		return sensitivities[s]
	}
	return ""
}

// readKeywords reads categories. [MS-OXCMAIL] 2.2.3.2
func readKeywords(r *reader, raw string) {
	var words []string
	for _, w := range strings.FieldsFunc(mime.DecodeText(raw), func(c rune) bool { return c == ',' || c == ';' }) {
		if w = strings.TrimSpace(w); w != "" {
			words = append(words, w)
		}
	}
	if len(words) > 0 {
		r.default_(mapi.PidNameKeywords.Of(words))
	}
}

func writeKeywords(w *writer, ps mapi.Props) string {
	words := mapi.PidNameKeywords.Get(ps)
	encoded := make([]string, 0, len(words))
	for _, k := range words {
		encoded = append(encoded, mime.EncodeText(k, len("Keywords: "), w.opts.UTF8))
	}
	return strings.Join(encoded, ", ")
}

// readMessageFlag reads a follow-up flag. [MS-OXCMAIL] 2.2.3.2, [MS-OXOFLAG] 3.1.4.1.1
func readMessageFlag(r *reader, raw string) {
	v := mime.DecodeText(raw)
	if v == "" {
		return
	}
	r.default_(mapi.PidLidFlagRequest.Of(v))
	r.default_(mapi.PidTagFlagStatus.Of(2))
	r.default_(mapi.PidTagFollowupIcon.Of(6))
	r.default_(mapi.PidTagToDoItemFlags.Of(8))
	r.default_(mapi.PidTagReplyRequested.Of(true))
	r.default_(mapi.PidTagResponseRequested.Of(true))
}

func writeMessageFlag(w *writer, ps mapi.Props) string {
	status, text := mapi.PidTagFlagStatus.Get(ps), mapi.PidLidFlagRequest.Get(ps)
	if status != 2 || text == "" {
		if status != 0 {
			w.lose("PidTagFlagStatus", strconv.Itoa(int(status)), "X-Message-Flag is the text of a flag that is set")
		}
		return ""
	}
	return mime.EncodeText(text, len("X-Message-Flag: "), w.opts.UTF8)
}

// suppressions are the bits of PidTagAutoResponseSuppress. [MS-OXCMAIL] 2.1.3.2.20, [MS-OXOMSG] 2.2.1.77
var suppressions = [...]string{"DR", "NDR", "RN", "NRN", "OOF", "AutoReply"}

// readAutoResponseSuppress reads the words of [MS-OXCMAIL] 2.2.3.2.
func readAutoResponseSuppress(r *reader, raw string) {
	v := mime.Unfold(raw)
	if n, err := strconv.ParseInt(v, 0, 32); err == nil {
		r.default_(mapi.PidTagAutoResponseSuppress.Of(int32(n)))
		return
	}
	var bits int32
	for _, w := range strings.FieldsFunc(v, func(c rune) bool { return c == ',' || c == ';' || c == ' ' }) {
		if strings.EqualFold(w, "All") {
			bits = -1
		} else if i := indexOf(suppressions[:], w); i >= 0 {
			bits |= 1 << i
		}
	}
	r.default_(mapi.PidTagAutoResponseSuppress.Of(bits))
}

func writeAutoResponseSuppress(_ *writer, ps mapi.Props) string {
	bits, ok := mapi.PidTagAutoResponseSuppress.From(ps)
	switch {
	case bits == -1:
		return "All"
	case ok && bits == 0:
		return "None"
	}
	var words []string
	for i, w := range suppressions {
		if bits&(1<<i) != 0 {
			words = append(words, w)
		}
	}
	return strings.Join(words, ", ")
}

// readTnefCorrelator keeps the key that ties winmail.dat to its message. [MS-OXCMAIL] 2.2.3.2
func readTnefCorrelator(r *reader, raw string) {
	if v := mime.Unfold(raw); v != "" {
		r.default_(mapi.PidTagTnefCorrelationKey.Of(append([]byte(v), 0)))
	}
}

func writeTnefCorrelator(w *writer, ps mapi.Props) string {
	if !w.tnef {
		return ""
	}
	return strings.TrimRight(string(mapi.PidTagTnefCorrelationKey.Get(ps)), "\x00")
}

// readUnsent makes a draft of a message whose sender says it is one.
func readUnsent(r *reader, raw string) {
	if mime.Unfold(raw) == "1" {
		r.unsent = true
	}
}
