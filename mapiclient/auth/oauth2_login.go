package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// A DevicePrompt is what a person has to do to sign in. RFC 8628 3.3
type DevicePrompt struct {
	// URL is where to go, with any browser, and Code what to enter there.
	URL, Code string
	// Expires is when it is too late.
	Expires time.Time
}

// Login signs a person in by device code and keeps the refresh token in
// TokenFile. It waits until the person has done what prompt tells. RFC 8628
func (o *OAuth2) Login(ctx context.Context, prompt func(DevicePrompt)) error {
	if o.TokenFile == "" || !safeURL(o.DeviceURL) || !safeURL(o.TokenURL) || o.ClientID == "" {
		return errors.New("a login by device code needs a client id, a token file, and https URLs for the device code and the token")
	}
	ctx = o.client(ctx)
	c := o.config()
	device, err := c.DeviceAuth(ctx)
	if err != nil {
		return fmt.Errorf("asking for a device code: %w", describeTokenError(err))
	}
	prompt(DevicePrompt{URL: device.VerificationURI, Code: device.UserCode, Expires: device.Expiry})
	got, err := c.DeviceAccessToken(ctx, device)
	if err != nil {
		return fmt.Errorf("waiting for the sign-in: %w", describeTokenError(err))
	}
	if got.RefreshToken == "" {
		return errors.New("the issuer gave no refresh token: is the scope offline_access missing?")
	}
	return writeTokenFile(o.TokenFile, NewSecret(got.RefreshToken))
}

// maxTokenFile is the most bytes of a token file.
const maxTokenFile = 64 << 10

// readTokenFile reads a refresh token, if nobody else can.
func readTokenFile(name string) (Secret, error) {
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return Secret{}, fmt.Errorf("the token file %s does not exist: sign in first", name)
	}
	if err != nil {
		return Secret{}, fmt.Errorf("token file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Secret{}, fmt.Errorf("token file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return Secret{}, fmt.Errorf("the token file %s can be read by others (mode %04o): make it 0600", name, info.Mode().Perm())
	}
	b, err := io.ReadAll(io.LimitReader(f, maxTokenFile+1))
	if err != nil {
		return Secret{}, fmt.Errorf("token file: %w", err)
	}
	if b = bytes.TrimSpace(b); len(b) == 0 || len(b) > maxTokenFile {
		return Secret{}, fmt.Errorf("the token file %s holds no refresh token", name)
	}
	return NewSecret(string(b)), nil
}

// writeTokenFile replaces the refresh token, durably and at once.
func writeTokenFile(name string, token Secret) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".token-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.WriteString(token.Reveal() + "\n")
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
