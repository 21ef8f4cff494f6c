package signin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"golang.org/x/sync/semaphore"

	"github.com/mapigate/mapigate/smtpside"
)

// TokensOptions say which access tokens are taken. JWKS is needed.
type TokensOptions struct {
	JWKS string // where the keys of the issuer are: a URL, or the name of a file
	// Issuer and Audience are what the claims iss and aud must be; of the audiences one is enough. An empty one is not
	// checked, which lets in tokens that are not for us: only for keys that sign nothing else.
	Issuer   string
	Audience []string
	// Scopes must all be among the claims scp, scope or roles.
	Scopes []string
	// UserClaims name the user: the first that is there. Default: email, upn, preferred_username, sub.
	UserClaims []string

	HTTP  *http.Client // default: one with 10 s
	Clock func() time.Time
	Log   *slog.Logger // default: discard
}

// signatures are the algorithms that tokens may have: with public keys alone, since a key that everybody can read is no secret
// for HS256 (RFC 8725 3.1).
var signatures = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

// clockSkew is how far the clock of the issuer may be off.
const clockSkew = time.Minute

// Tokens checks JSON Web Tokens (RFC 7519, RFC 9068) of OAUTHBEARER and XOAUTH2.
type Tokens struct {
	opts TokensOptions
	keys *keySet
}

// NewTokens checks the options; keys are fetched when they are needed.
func NewTokens(o TokensOptions) (*Tokens, error) {
	if o.JWKS == "" {
		return nil, errors.New("signin: tokens need the keys of their issuer")
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: 10 * time.Second}
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if len(o.UserClaims) == 0 {
		o.UserClaims = []string{"email", "upn", "preferred_username", "sub"}
	}
	return &Tokens{opts: o, keys: &keySet{turn: semaphore.NewWeighted(1), source: o.JWKS, http: o.HTTP, clock: o.Clock, log: o.Log}}, nil
}

// Check implements Checker.
func (t *Tokens) Check(ctx context.Context, peer *smtpside.Peer, cred smtpside.Credentials) (string, error) {
	token, err := jwt.ParseSigned(cred.Token, signatures)
	if err != nil {
		return "", t.refused(peer, cred, err)
	}
	claims, err := t.verify(ctx, token)
	if err != nil {
		if errors.Is(err, errNoKeys) {
			return "", err
		}
		return "", t.refused(peer, cred, err)
	}
	user, err := t.user(claims)
	if err == nil && cred.Username != "" && !strings.EqualFold(cred.Username, user) {
		err = fmt.Errorf("the token is for %q", user)
	}
	if err != nil {
		return "", t.refused(peer, cred, err)
	}
	return user, nil
}

// refused logs what is wrong with a token, which its sender is not told.
func (t *Tokens) refused(peer *smtpside.Peer, cred smtpside.Credentials, err error) error {
	session := ""
	if peer != nil {
		session = peer.ID
	}
	t.opts.Log.Info("token refused", "user", cred.Username, "session", session, "error", err)
	return smtpside.AuthFailed("")
}

// verify checks the signature and what the token says about itself.
func (t *Tokens) verify(ctx context.Context, token *jwt.JSONWebToken) (map[string]any, error) {
	if len(token.Headers) != 1 {
		return nil, errors.New("one signature is wanted")
	}
	keys, err := t.keys.find(ctx, token.Headers[0].KeyID)
	if err != nil {
		return nil, err
	}
	err = errors.New("no key of this id")
	for _, key := range keys {
		var standard jwt.Claims
		claims := map[string]any{}
		if err = token.Claims(key.Key, &standard, &claims); err == nil {
			return claims, t.standard(&standard, claims)
		}
	}
	return nil, err
}

// standard checks the registered claims.
func (t *Tokens) standard(c *jwt.Claims, all map[string]any) error {
	if c.Expiry == nil {
		return errors.New("a token without end")
	}
	if err := c.ValidateWithLeeway(jwt.Expected{
		Issuer: t.opts.Issuer, AnyAudience: t.opts.Audience, Time: t.opts.Clock(),
	}, clockSkew); err != nil {
		return err
	}
	has := append(append(words(all["scp"]), words(all["scope"])...), words(all["roles"])...)
	for _, s := range t.opts.Scopes {
		if !slices.Contains(has, s) {
			return fmt.Errorf("scope %q is missing", s)
		}
	}
	return nil
}

// words reads a claim that is a list, or a string with blanks (RFC 8693 4.2).
func words(claim any) (list []string) {
	switch c := claim.(type) {
	case string:
		return strings.Fields(c)
	case []any:
		for _, v := range c {
			if s, ok := v.(string); ok {
				list = append(list, s)
			}
		}
	}
	return list
}

// user finds the name. An address that its owner has not proved to have (email_verified) is nobody's.
func (t *Tokens) user(claims map[string]any) (string, error) {
	for _, name := range t.opts.UserClaims {
		if verified, said := claims["email_verified"].(bool); name == "email" && said && !verified {
			continue
		}
		if s, ok := claims[name].(string); ok && s != "" {
			return s, nil
		}
	}
	return "", errors.New("the token names no user")
}
