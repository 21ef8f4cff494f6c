package smtpside

import (
	"context"
	"errors"
)

// Users checks passwords against a file of name:hash lines.
type Users struct{ path string }

// OpenUsers reads the file; its errors name file and line.
func OpenUsers(path string) (*Users, error) { return nil, errors.ErrUnsupported }

// Check returns nil, AuthFailed, or an error of ours.
func (u *Users) Check(ctx context.Context, name, password string) error { return errors.ErrUnsupported }

// HashPassword makes an argon2id hash for a users file.
func HashPassword(password string) (string, error) { return "", errors.ErrUnsupported }
