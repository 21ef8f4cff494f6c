package cli

import (
	"fmt"
	"os"

	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/trace"
)

// TraceFlag lets a command write down what is said to Exchange and answered.
type TraceFlag struct {
	Trace string `placeholder:"FILE" help:"Append each request to Exchange and its answer, ROP by ROP, without secrets and without the text of messages."`
}

// OpenTrace gives what is to be told of requests; nil without the flag. The file
// is that of the process and stays open.
func (f TraceFlag) OpenTrace() (func(mapihttp.Exchange), error) {
	if f.Trace == "" {
		return nil, nil
	}
	file, err := os.OpenFile(f.Trace, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("--trace: %w", err)
	}
	return trace.NewWriter(file).Observe, nil
}
