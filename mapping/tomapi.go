package mapping

import (
	"context"
	"errors"
)

// ToMAPI makes a MAPI message of a MIME message. Damage in the message is
// never an error; errors are the source's and the context's. [MS-OXCMAIL] 2.2
func ToMAPI(ctx context.Context, src Source, opts ToMAPIOptions) (*MAPIResult, error) {
	return nil, errors.ErrUnsupported
}
