package trace

import (
	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/nspi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// bodies are the structures of a request and its answer.
type bodies struct{ request, answer wire.Coder }

// bodiesOf gives the structures of a type of request; none of one that is not known.
func bodiesOf(t string) bodies {
	switch frame.RequestType(t) {
	case frame.Connect:
		return bodies{new(frame.ConnectRequest), new(frame.ConnectResponse)}
	case frame.Disconnect:
		return bodies{new(frame.DisconnectRequest), new(frame.DisconnectResponse)}
	case frame.NotificationWait:
		return bodies{new(frame.NotificationWaitRequest), new(frame.NotificationWaitResponse)}
	case frame.Bind:
		return bodies{new(nspi.BindRequest), new(nspi.BindResponse)}
	case frame.Unbind:
		return bodies{new(nspi.UnbindRequest), new(nspi.UnbindResponse)}
	case frame.ResolveNames:
		return bodies{new(nspi.ResolveNamesRequest), new(nspi.ResolveNamesResponse)}
	case frame.DNToMId:
		return bodies{new(nspi.DNToMIdRequest), new(nspi.DNToMIdResponse)}
	case frame.QueryRows:
		return bodies{new(nspi.QueryRowsRequest), new(nspi.QueryRowsResponse)}
	case frame.GetMatches:
		return bodies{new(nspi.GetMatchesRequest), new(nspi.GetMatchesResponse)}
	case frame.GetProps:
		return bodies{new(nspi.GetPropsRequest), new(nspi.GetPropsResponse)}
	}
	return bodies{}
}
