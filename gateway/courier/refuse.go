package courier

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// RefuseName is the courier that delivers nothing: it fails its recipients with a reason, so that refusals of a source that
// has nobody to answer to become reports as all failures do.
const RefuseName = "refuse"

// maxReason bounds a reason in bytes: it is a destination too, and engines have those in an index.
const maxReason = 400

// RefuseLeg is the leg on which a recipient fails with the code and text of an outcome.
func RefuseLeg(o mail.Outcome) queue.Leg {
	if o.Code/100 != 5 {
		o.Code, o.Detail = 550, "7.1"
	}
	reason := fmt.Sprintf("%d %s %s", o.Code, o.Detail, o.Text)
	if len(reason) > maxReason {
		reason = strings.ToValidUTF8(reason[:maxReason], "") + "…"
	}
	return queue.Leg{Courier: RefuseName, Route: reason, Destination: reason}
}

// Refuse is the Deliver function of that courier.
func Refuse(_ context.Context, g queue.Group) []mail.Outcome {
	o := mail.Outcome{Verdict: mail.Failed, Code: 550, Detail: "7.1", Text: g.Route}
	if parts := strings.SplitN(g.Route, " ", 3); len(parts) == 3 {
		if code, err := strconv.Atoi(parts[0]); err == nil && code/100 == 5 {
			o.Code, o.Detail, o.Text = code, parts[1], parts[2]
		}
	}
	return g.Alike(o)
}
