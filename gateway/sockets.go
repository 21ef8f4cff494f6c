package gateway

import (
	"context"
	"os"
	"strings"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/parts"
	"github.com/mapigate/mapigate/gateway/sockets"
)

// addSockets opens where a listener listens, unless it is open, and gives the name of the part, too. One port that the system chooses
// is not like another, so that each listener has its own.
func (g *generation) addSockets(c *config.Listener) ([]*sockets.Socket, string, error) {
	name := "socket " + c.Address
	if strings.HasSuffix(c.Address, ":0") {
		name += " of " + c.Name
	}
	list, err := parts.Made(g.parts, name, nil, nil, func(p *parts.Part) ([]*sockets.Socket, error) {
		list, err := g.openSockets(c)
		for _, s := range list {
			p.Task(parts.Task{Name: name, Stage: parts.Sources, Run: s.Run, Retire: s.Stop})
			p.AtEnd(name, func(context.Context) error { s.Stop(); return nil })
		}
		return list, err
	})
	if path, ok := strings.CutPrefix(c.Address, sockets.UnixPrefix); ok && err == nil {
		err = os.Chmod(path, os.FileMode(c.SocketMode))
	}
	return list, name, err
}

func (g *generation) openSockets(c *config.Listener) (list []*sockets.Socket, err error) {
	name, systemd := strings.CutPrefix(c.Address, sockets.SystemdPrefix)
	if had := g.systemd[name]; systemd && had != nil {
		for _, s := range had {
			list = append(list, sockets.New(s.Listener, true))
		}
		return list, nil
	}
	nets, err := sockets.Listen(c.Address, os.FileMode(c.SocketMode))
	for _, l := range nets {
		list = append(list, sockets.New(l, systemd))
	}
	if systemd && err == nil {
		g.systemd[name] = list
	}
	return list, err
}
