package mapiclient

import (
	"context"
	"errors"
)

func (c *Client) discover(ctx context.Context) (Endpoint, error) {
	return Endpoint{}, errors.ErrUnsupported
}
