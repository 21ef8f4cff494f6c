package mapitest

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// Options say how a Server behaves; the zero value works.
type Options struct {
	// Addr is where the server listens. Default 127.0.0.1:0.
	Addr string
	// Hosts are further names and addresses for the certificate. The host of
	// Addr, localhost and 127.0.0.1 are always in it.
	Hosts []string
	// Domains are the mail domains whose addresses are all known here: mail to
	// an unknown address in one of them comes back undelivered instead of going
	// to Transport. Default none.
	Domains []string
	// Unknown is told of an address in one of Domains that nobody has, when mail
	// comes for it or a client looks for its mailbox. It may add the user.
	// Default: such an address is refused.
	Unknown func(address string)
	// Users are made before the server answers. One that StateDir knows by the
	// address keeps the mailbox, and is otherwise what stands here.
	Users []User
	// Organization is the first part of every LegacyDN. Default "Mapigate".
	Organization string
	// Auth are the schemes offered, in this order. Default NTLM, Negotiate, Basic.
	Auth []AuthScheme
	// Token tells the login name of whom an access token is. Without it none is taken.
	Token func(ctx context.Context, token string) (name string, err error)
	// Keytab is the file with the keys of HTTP/ and the server's name, by which
	// Negotiate takes Kerberos tickets; a principal alice@REALM is the user alice,
	// or alice@realm. Default: no Kerberos.
	Keytab string
	// ExtendedProtection says whether NTLM and Kerberos have to be bound to the TLS connection.
	ExtendedProtection ExtendedProtection
	// Profile says which server is imitated. Default [ExchangeSE].
	Profile *Profile
	// Limits bound messages, recipients and sessions.
	Limits Limits
	// Transport takes what is submitted to addresses that are not here.
	// Default: such mail comes back undelivered.
	Transport Transport
	// Logger gets a line for each request and each refusal. Default: discard.
	Logger *slog.Logger
	// StateDir is where mailboxes and what was submitted are kept, so that a
	// server of the same directory has them again after this one has ended, even by
	// kill -9: what was answered is on the disk. Sessions end with the process.
	// One server at a time uses a directory. Default: all is in memory only.
	StateDir string
	// TempDir is where large values are spilled. Default os.TempDir().
	TempDir string
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// An AuthScheme is a way to sign in.
type AuthScheme string

// The schemes a server can offer. Negotiate accepts raw NTLM messages, and
// Kerberos where there is a keytab.
const (
	AuthBasic     AuthScheme = "Basic"
	AuthNTLM      AuthScheme = "NTLM"
	AuthNegotiate AuthScheme = "Negotiate"
	// AuthBearer takes the access tokens that Options.Token knows.
	AuthBearer AuthScheme = "Bearer"
)

// ExtendedProtection says whether NTLM and Kerberos have to carry the hash of the
// server's certificate, tls-server-end-point. [MS-NLMP] 3.2.5.1.2, RFC 4121 4.1.1.2
type ExtendedProtection int

// Degrees of Extended Protection.
const (
	// ProtectionOff ignores channel bindings.
	ProtectionOff ExtendedProtection = iota
	// ProtectionAllow refuses wrong bindings.
	ProtectionAllow
	// ProtectionRequire refuses wrong and missing ones.
	ProtectionRequire
)

// Limits bound what a server takes. A zero field takes the default.
type Limits struct {
	// MessageBytes is the largest message that may be submitted. Default 35 MiB.
	MessageBytes int64
	// Recipients is how many recipients a submitted message may have. Default 500.
	Recipients int
	// SendBytes and MailboxBytes are a mailbox's quotas: the size from which it can't send, and that above which it can
	// neither save nor send nor receive. Default none.
	SendBytes, MailboxBytes int64
	// Budget is how many requests a user may send. Default any number.
	Budget Budget
	// ValueBytes is the longest a property may be. Default 2^31-1.
	ValueBytes int64
	// NamedProps is how many named properties a mailbox may have. Default 16384.
	NamedProps int
	// Sessions is how many session contexts a user may have. Default 32.
	Sessions int
	// Objects is how many messages and attachments a session may have open. Default 500.
	Objects int
	// Streams is how many streams a session may have open. Default 250.
	Streams int
	// SessionIdle is how long a session context lives without a request. Default 15 minutes.
	SessionIdle time.Duration
	// Pending is the time between two PENDING tags. Default 15 s.
	Pending time.Duration
	// Wait is how long a NotificationWait waits. Default 5 minutes.
	Wait time.Duration
}

// An Envelope says from whom and to whom a submitted message goes.
type Envelope struct {
	// From is the address of the represented sender.
	From string
	// Submitter is the address of the mailbox that submitted.
	Submitter string
	// Recipients are the addresses to deliver to, those in no local mailbox.
	Recipients []string
}

// A Transport carries a submitted message to recipients outside the server.
// It is called from the server's own goroutines, several at once, never while
// a request waits. An error makes the message come back to its submitter as a
// delivery report; one that says Temporary() true is tried again first. A
// [RecipientsError] does so for some recipients only.
type Transport func(ctx context.Context, m *mapi.Message, e Envelope) error

// A RecipientsError tells which recipients a Transport could not reach, and
// why. The others have got the message.
type RecipientsError map[string]error

// Error implements error.
func (e RecipientsError) Error() string {
	return fmt.Sprintf("%d recipients could not be reached", len(e))
}

// A User is what AddUser makes.
type User struct {
	// Name is the login name. Address, and what stands before its @, are login names as well.
	Name string
	// Address is the primary SMTP address.
	Address string
	// Password signs in.
	Password string
	// DisplayName is the name in the address book. Default Name.
	DisplayName string
	// Aliases are further SMTP addresses.
	Aliases []string
	// Admin may open every mailbox with the administrator's flags.
	Admin bool
	// Hidden keeps the user out of the address lists.
	Hidden bool
	// Disabled refuses the user's logons.
	Disabled bool
	// Members makes the user a distribution list of these names or addresses, which sends on what it gets. Nobody can sign in as a list.
	Members []string
	// Department is what the address book says.
	Department string
}
