package vcard

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/contentline"
)

// photo makes the attachment that shows the contact. [MS-OXOCNTC] 2.2.1.8
func (r *reader) photo(c *contentline.Component, m *mapi.Message) {
	m.Props.Set(mapi.PidLidHasPicture.Of(false))
	for _, p := range append(c.All("PHOTO"), c.All("X-MS-CARDPICTURE")...) {
		where := fmt.Sprintf("VCARD %s on line %d", p.Name, p.Line)
		data, mediaType, ok := binary(p)
		switch {
		case !ok:
			r.lose(where, p.Value, errors.New("the picture is not in the card"))
			continue
		case len(m.Attachments) > 0:
			r.lose(where, fmt.Sprintf("%d bytes", len(data)), errors.New("a contact has one picture"))
			continue
		}
		extension := photoExtension(mediaType, data)
		name := "ContactPicture" + extension
		m.Attachments = append(m.Attachments, mapi.Attachment{Data: mapi.BytesStream(data), Props: mapi.Props{
			mapi.PidTagAttachMethod.Of(mapi.AttachByValue), mapi.PidTagAttachLongFilename.Of(name), mapi.PidTagAttachFilename.Of(name),
			mapi.PidTagDisplayName.Of(name), mapi.PidTagAttachExtension.Of(extension), mapi.PidTagAttachmentContactPhoto.Of(true),
			mapi.PidTagAttachMimeTag.Of(photoType(extension)), mapi.PidTagRenderingPosition.Of(-1),
		}})
		m.Props.Set(mapi.PidLidHasPicture.Of(true))
	}
}

// photoTypes pairs file name extensions with media types and first bytes.
var photoTypes = []struct{ extension, mediaType, magic string }{
	{".jpg", "image/jpeg", "\xFF\xD8\xFF"}, {".png", "image/png", "\x89PNG\r\n\x1A\n"}, {".gif", "image/gif", "GIF8"}, {".bmp", "image/bmp", "BM"},
}

// photoExtension gives the extension of a picture by what it says and, above
// that, by what it is.
func photoExtension(mediaType string, data []byte) string {
	for _, t := range photoTypes {
		if bytes.HasPrefix(data, []byte(t.magic)) {
			return t.extension
		}
	}
	for _, t := range photoTypes {
		if strings.HasSuffix(t.mediaType, strings.TrimPrefix(mediaType, "image/")) && mediaType != "" {
			return t.extension
		}
	}
	return ".jpg"
}

func photoType(extension string) string {
	for _, t := range photoTypes {
		if t.extension == extension {
			return t.mediaType
		}
	}
	return "image/jpeg"
}

// maxPhoto is how large a picture may be to be written into a card.
const maxPhoto = 8 << 20

// photo writes the picture of the contact.
func (w *writer) photo(ctx context.Context, m *mapi.Message) error {
	for i := range m.Attachments {
		a := &m.Attachments[i]
		if !mapi.PidTagAttachmentContactPhoto.Get(a.Props) || a.Data == nil {
			continue
		}
		s, err := a.Data.Open(ctx)
		if err != nil {
			return fmt.Errorf("contact picture: %w", err)
		}
		data, err := io.ReadAll(io.LimitReader(s, maxPhoto+1))
		if err = errors.Join(err, s.Close()); err != nil {
			return fmt.Errorf("contact picture: %w", err)
		}
		if len(data) > maxPhoto {
			w.lose("contact picture", "all of it", fmt.Sprintf("larger than %d bytes", maxPhoto))
			continue
		}
		mediaType := photoType(photoExtension(mapi.PidTagAttachMimeTag.Get(a.Props), data))
		w.binary("PHOTO", strings.ToUpper(strings.TrimPrefix(mediaType, "image/")), mediaType, data)
		return nil
	}
	return nil
}

// binary writes bytes as the version has them.
func (w *writer) binary(name, kind, mediaType string, data []byte) {
	text := base64.StdEncoding.EncodeToString(data)
	if w.version >= 4 {
		w.Line(name, "data:"+mediaType+";base64,"+text)
		return
	}
	w.Line(name, text, contentline.P("ENCODING", "b"), contentline.P("TYPE", kind))
}
