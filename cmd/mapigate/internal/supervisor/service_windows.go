package supervisor

import (
	"context"
	"time"

	"golang.org/x/sys/windows/svc"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
)

// AsService runs work under Windows' service manager when that has started us, and as it is otherwise. To install:
//
//	sc.exe create Mapigate start= auto obj= "NT SERVICE\Mapigate" binPath= "C:\Mapigate\mapigate.exe serve --config C:\Mapigate\mapigate.yaml"
func AsService(ctx context.Context, work func(context.Context) error) error {
	is, err := svc.IsWindowsService()
	if err != nil || !is {
		return work(ctx)
	}
	s := &service{ctx: ctx, work: work}
	if err := svc.Run("Mapigate", s); err != nil {
		return err
	}
	return s.err
}

type service struct {
	ctx  context.Context
	work func(context.Context) error
	err  error
}

// stopping is how long the manager is asked to wait for mail that is under way.
const stopping = 90 * time.Second

// Execute implements svc.Handler.
func (s *service) Execute(_ []string, requests <-chan svc.ChangeRequest, status chan<- svc.Status) (own bool, code uint32) {
	const accepts = svc.AcceptStop | svc.AcceptShutdown
	ctx, stop := context.WithCancel(s.ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- s.work(ctx) }()
	status <- svc.Status{State: svc.Running, Accepts: accepts}
	for {
		select {
		case s.err = <-ended:
			if s.err != nil {
				return true, cli.Failed
			}
			return false, 0
		case r := <-requests:
			switch r.Cmd {
			case svc.Interrogate:
				status <- r.CurrentStatus
			case svc.Stop, svc.Shutdown:
				status <- svc.Status{State: svc.StopPending, WaitHint: uint32(stopping.Milliseconds())}
				stop()
			}
		}
	}
}
