package access

import (
	"context"
	"fmt"
	"net"
	"os/user"
)

// bySocket is the How of whoever opened the Unix socket: the file's permissions have decided already.
const bySocket = "socket"

// Socket gives connections of a Unix socket their person; it is the ConnContext of an http.Server.
func Socket(ctx context.Context, c net.Conn) context.Context {
	name := "somebody on this machine"
	if uid, ok := peer(c); ok {
		name = fmt.Sprintf("user %d", uid)
		if u, err := user.LookupId(fmt.Sprint(uid)); err == nil {
			name = u.Username
		}
	}
	return with(ctx, Person{Name: name, Role: Operator, How: bySocket})
}
