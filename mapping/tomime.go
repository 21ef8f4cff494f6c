package mapping

import (
	"context"
	"errors"
	"io"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// ToMIME writes a MAPI message as MIME with CRLF line ends. The same message
// gives the same bytes. Errors are the writer's, the context's and those of
// the message's streams. [MS-OXCMAIL] 2.1
func ToMIME(ctx context.Context, w io.Writer, msg *mapi.Message, opts ToMIMEOptions) (*MIMEResult, error) {
	return nil, errors.ErrUnsupported
}
