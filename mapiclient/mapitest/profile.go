package mapitest

// A Profile is what distinguishes one server from another.
type Profile struct {
	// Name is the profile's name in logs.
	Name string
	// ServerApplication is what X-ServerApplication says.
	ServerApplication string
	// Spooler says what becomes of the spooler protocol.
	Spooler SpoolerMode
}

// A SpoolerMode says how a server treats RopSetSpooler, RopSpoolerLockMessage
// and submits with NeedsSpooler. [MS-OXOMSG] 3.2.4.8, 3.3.5.6
type SpoolerMode int

// Spooler modes.
const (
	// SpoolerFull is the protocol as specified.
	SpoolerFull SpoolerMode = iota
	// SpoolerRefused takes RopSetSpooler, ignores NeedsSpooler and answers ecNotSupported to RopSpoolerLockMessage.
	SpoolerRefused
	// SpoolerIgnored takes locks without effect, ignores NeedsSpooler and answers ecNotInQueue to lstFinished.
	SpoolerIgnored
)

// ExchangeSE is Exchange Server Subscription Edition, with the spooler
// protocol as its specification has it.
func ExchangeSE() *Profile {
	return &Profile{Name: "exchange-se", ServerApplication: "Exchange/15.02.2562.045"}
}
