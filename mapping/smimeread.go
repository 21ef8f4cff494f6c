package mapping

import (
	"context"
	"io"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/mime"
)

// isCMS tells whether a whole message is one CMS object. [MS-OXOSMIME] 2.1.1
func isCMS(p *mime.Part) bool {
	switch p.Type {
	case "application/pkcs7-mime", "application/x-pkcs7-mime":
		return true
	case "application/octet-stream":
		return strings.HasSuffix(strings.ToLower(fileName(p)), ".p7m")
	}
	return false
}

// opaque keeps an encrypted or opaque-signed message: its CMS object is the
// one attachment and there is no body. [MS-OXOSMIME] 2.1.1
func (r *reader) opaque() {
	r.props.Set(mapi.PidTagMessageClass.Of("IPM.Note.SMIME"))
	r.props.Set(mapi.PidNameContentType.Of(contentType(r.root)))
	name := cleanName(fileName(r.root))
	if name == "" {
		name = "smime.p7m"
	}
	mediaType := r.root.Type
	if mediaType == "application/octet-stream" {
		mediaType = "application/pkcs7-mime"
	}
	a := signedAttachment(name, mediaType, partStream{r.root})
	if fileName(r.root) == "" {
		a.Props.Set(unnamedMark.Of("1"))
	}
	r.msg.Attachments = append(r.msg.Attachments, a)
}

// clearSigned keeps a signed message: the entity, byte for byte, is the one
// attachment, and the text of the signed part is the body, for those who can't
// check. [MS-OXOSMIME] 2.1.2
func (r *reader) clearSigned() {
	r.props.Set(mapi.PidTagMessageClass.Of("IPM.Note.SMIME.MultipartSigned"))
	r.props.Set(mapi.PidNameContentType.Of(contentType(r.root)))
	listed := len(r.losses)
	r.wholeSigned = true
	r.walk(r.root.Parts[0], place{body: true})
	r.losses = r.losses[:listed]
	r.msg.Attachments = append(r.msg.Attachments[:0], signedAttachment("smime.p7m", "multipart/signed", entityStream(r.root)))
}

func signedAttachment(name, mediaType string, data mapi.Stream) mapi.Attachment {
	return mapi.Attachment{Data: data, Props: mapi.Props{
		mapi.PidTagAttachMethod.Of(attachByValue),
		mapi.PidTagAttachMimeTag.Of(mediaType),
		mapi.PidTagAttachLongFilename.Of(name),
		mapi.PidTagAttachFilename.Of(shortName(name)),
		mapi.PidTagAttachExtension.Of(".p7m"),
		mapi.PidTagDisplayName.Of(name),
		mapi.PidTagRenderingPosition.Of(-1),
	}}
}

// entityStream is a part as an entity: its Content-* fields as they stand but
// for those that properties carry, the empty line, the body as it stands.
func entityStream(p *mime.Part) mapi.Stream {
	var head strings.Builder
	for _, f := range p.Header.Fields {
		if hasPrefixFold(f.Name, "Content-") && ruleOf(f.Name) < 0 {
			head.WriteString(f.Name + ":" + f.Raw + "\r\n")
		}
	}
	head.WriteString("\r\n")
	return joined{head: head.String(), part: p}
}

// joined is a text followed by a part's undecoded body.
type joined struct {
	head string
	part *mime.Part
}

// Size implements [mapi.Stream].
func (j joined) Size() int64 { return int64(len(j.head)) + j.part.Section().Size() }

// Open implements [mapi.Stream].
func (j joined) Open(ctx context.Context) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return io.NopCloser(io.MultiReader(strings.NewReader(j.head), j.part.Section())), nil
}
