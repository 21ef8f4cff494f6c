package mapping

import (
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/mime"
)

// locales pairs language tags with Windows locale ids. The first tag of an id
// is written, every one is read. [MS-LCID] 2.2
var locales = []struct {
	id  int32
	tag string
}{
	{0x0409, "en-US"}, {0x0409, "en"}, {0x0809, "en-GB"}, {0x0C09, "en-AU"}, {0x1009, "en-CA"}, {0x0407, "de-DE"}, {0x0407, "de"}, {0x0807, "de-CH"}, {0x0C07, "de-AT"},
	{0x040C, "fr-FR"}, {0x040C, "fr"}, {0x080C, "fr-BE"}, {0x0C0C, "fr-CA"}, {0x100C, "fr-CH"}, {0x0C0A, "es-ES"}, {0x0C0A, "es"}, {0x080A, "es-MX"}, {0x0410, "it-IT"}, {0x0410, "it"},
	{0x0413, "nl-NL"}, {0x0413, "nl"}, {0x0813, "nl-BE"}, {0x0416, "pt-BR"}, {0x0816, "pt-PT"}, {0x0816, "pt"}, {0x0419, "ru-RU"}, {0x0419, "ru"}, {0x0415, "pl-PL"}, {0x0415, "pl"},
	{0x0405, "cs-CZ"}, {0x0405, "cs"}, {0x041B, "sk-SK"}, {0x0424, "sl-SI"}, {0x040E, "hu-HU"}, {0x040E, "hu"}, {0x0418, "ro-RO"}, {0x0402, "bg-BG"}, {0x0408, "el-GR"}, {0x041F, "tr-TR"}, {0x041F, "tr"},
	{0x041D, "sv-SE"}, {0x041D, "sv"}, {0x0406, "da-DK"}, {0x0406, "da"}, {0x0414, "nb-NO"}, {0x0414, "no"}, {0x040B, "fi-FI"}, {0x040B, "fi"}, {0x0411, "ja-JP"}, {0x0411, "ja"}, {0x0412, "ko-KR"}, {0x0412, "ko"},
	{0x0804, "zh-CN"}, {0x0804, "zh"}, {0x0404, "zh-TW"}, {0x0C04, "zh-HK"}, {0x1004, "zh-SG"}, {0x040D, "he-IL"}, {0x040D, "he"}, {0x0401, "ar-SA"}, {0x0401, "ar"}, {0x041E, "th-TH"}, {0x042A, "vi-VN"},
	{0x0422, "uk-UA"}, {0x0422, "uk"}, {0x041A, "hr-HR"}, {0x0425, "et-EE"}, {0x0426, "lv-LV"}, {0x0427, "lt-LT"}, {0x0403, "ca-ES"}, {0x0439, "hi-IN"}, {0x0421, "id-ID"}, {0x043E, "ms-MY"},
}

// readContentLanguage sets the message's locale. [MS-OXCMAIL] 2.2.3.2
func readContentLanguage(r *reader, raw string) {
	first, _, _ := strings.Cut(mime.Unfold(raw), ",")
	for _, l := range locales {
		if strings.EqualFold(l.tag, strings.TrimSpace(first)) {
			r.default_(mapi.PidTagMessageLocaleId.Of(l.id))
			return
		}
	}
	if first != "" {
		r.lose("Content-Language", first, "no Windows locale")
	}
}

func writeContentLanguage(_ *writer, ps mapi.Props) string {
	id := mapi.PidTagMessageLocaleId.Get(ps)
	for _, l := range locales {
		if l.id == id {
			return l.tag
		}
	}
	return ""
}
