package autodiscover

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Namespaces of a request. [MS-OXDSCLI] 2.2.3
const (
	requestSchema  = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"
	responseSchema = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
)

// MaxResponse is the most bytes of an answer that are read.
const MaxResponse = 1 << 20

// AppendRequest appends the body of a request for an address or a legacy DN to
// dst. The DN wins when both are given. [MS-OXDSCLI] 2.2.3.1
func AppendRequest(dst []byte, address, legacyDN string) []byte {
	b := bytes.NewBuffer(dst)
	b.WriteString(xml.Header + `<Autodiscover xmlns="` + requestSchema + `"><Request>`)
	element(b, "EMailAddress", address)
	element(b, "LegacyDN", legacyDN)
	element(b, "AcceptableResponseSchema", responseSchema)
	b.WriteString("</Request></Autodiscover>")
	return b.Bytes()
}

func element(b *bytes.Buffer, name, text string) {
	if text == "" {
		return
	}
	b.WriteString("<" + name + ">")
	_ = xml.EscapeText(b, []byte(text)) // a bytes.Buffer never fails
	b.WriteString("</" + name + ">")
}

// A Response is what a server answers: exactly one of the fields is set.
type Response struct {
	Settings *Settings
	// RedirectAddr is another address to ask for.
	RedirectAddr string
	// RedirectURL is another place to ask.
	RedirectURL string
	// Refusal is why the server has no answer.
	Refusal *ServerError
}

// Settings are what discovery is for.
type Settings struct {
	DisplayName string
	// LegacyDN is the mailbox owner's, for Connect and Logon.
	LegacyDN string
	// SMTPAddress is the primary address.
	SMTPAddress  string
	DeploymentID string
	// MailStore and AddressBook are the endpoints.
	MailStore   Endpoint
	AddressBook Endpoint
	// Mailboxes are those of others that the user has been given; each needs
	// a search of its own.
	Mailboxes []AlternativeMailbox
	// Source is the URL that gave the settings.
	Source string
}

// An Endpoint is a URL for clients inside the organization and one for those outside.
type Endpoint struct {
	Internal string
	External string
}

// URLs gives those that there are, the external one first.
func (e Endpoint) URLs() []string {
	var list []string
	for _, u := range []string{e.External, e.Internal} {
		if u != "" && (len(list) == 0 || list[0] != u) {
			list = append(list, u)
		}
	}
	return list
}

// An AlternativeMailbox is another mailbox the user may open. [MS-OXDSCLI] 2.2.4.1.1.2.2
type AlternativeMailbox struct {
	// Type is Archive, Delegate or TeamMailbox.
	Type        string `xml:"Type"`
	DisplayName string `xml:"DisplayName"`
	// SMTPAddress, or else LegacyDN and Server, is what to ask for.
	SMTPAddress      string `xml:"SmtpAddress"`
	OwnerSMTPAddress string `xml:"OwnerSmtpAddress"`
	LegacyDN         string `xml:"LegacyDN"`
	Server           string `xml:"Server"`
}

// A ServerError is an Error element in an answer. [MS-OXDSCLI] 2.2.4.1.2
type ServerError struct {
	Code    string
	Message string
}

// Error implements error.
func (e *ServerError) Error() string {
	return fmt.Sprintf("the server answers error %s: %s", e.Code, e.Message)
}

// Errors of answers.
var (
	// ErrNoMAPI says that the mailbox cannot be reached by MAPI over HTTP.
	ErrNoMAPI = errors.New("the server offers no MAPI over HTTP for this mailbox; is it enabled for it?")
	// ErrResponse says that an answer is not one of Autodiscover.
	ErrResponse = errors.New("not an Autodiscover answer")
)

// The answer as XML. Namespaces are not looked at: servers differ in them.
type pox struct {
	XMLName  xml.Name `xml:"Autodiscover"`
	Response struct {
		User struct {
			DisplayName  string `xml:"DisplayName"`
			LegacyDN     string `xml:"LegacyDN"`
			SMTPAddress  string `xml:"AutoDiscoverSMTPAddress"`
			DeploymentID string `xml:"DeploymentId"`
		} `xml:"User"`
		Account struct {
			Action       string `xml:"Action"`
			RedirectAddr string `xml:"RedirectAddr"`
			RedirectURL  string `xml:"RedirectUrl"`
			// Only direct children: others nest inside Internal and External.
			Protocols []poxProtocol        `xml:"Protocol"`
			Mailboxes []AlternativeMailbox `xml:"AlternativeMailbox"`
		} `xml:"Account"`
		Error *poxError `xml:"Error"`
	} `xml:"Response"`
}

type poxProtocol struct {
	// Type is an attribute for mapiHttp only; others have an element. [MS-OXDSCLI] 2.2.4.1.1.2.6
	Type        string      `xml:"Type,attr"`
	Version     string      `xml:"Version,attr"`
	MailStore   poxEndpoint `xml:"MailStore"`
	AddressBook poxEndpoint `xml:"AddressBook"`
}

type poxEndpoint struct {
	Internal string `xml:"InternalUrl"`
	External string `xml:"ExternalUrl"`
}

type poxError struct {
	Code    string `xml:"ErrorCode"`
	Message string `xml:"Message"`
}

// ParseResponse reads the body of an answer. [MS-OXDSCLI] 2.2.4
func ParseResponse(b []byte) (*Response, error) {
	if len(b) > MaxResponse {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrResponse, MaxResponse)
	}
	var p pox
	if err := xml.Unmarshal(b, &p); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrResponse, err)
	}
	r := &p.Response
	if r.Error != nil {
		return &Response{Refusal: &ServerError{Code: text(r.Error.Code), Message: text(r.Error.Message)}}, nil
	}
	switch action := text(r.Account.Action); {
	case strings.EqualFold(action, "redirectAddr") && text(r.Account.RedirectAddr) != "":
		return &Response{RedirectAddr: text(r.Account.RedirectAddr)}, nil
	case strings.EqualFold(action, "redirectUrl") && text(r.Account.RedirectURL) != "":
		return &Response{RedirectURL: text(r.Account.RedirectURL)}, nil
	case strings.EqualFold(action, "settings"):
		s, err := p.settings()
		return &Response{Settings: s}, err
	default:
		return nil, fmt.Errorf("%w: its action is %q", ErrResponse, clip(action))
	}
}

func (p *pox) settings() (*Settings, error) {
	user, account := &p.Response.User, &p.Response.Account
	s := &Settings{
		DisplayName:  text(user.DisplayName),
		LegacyDN:     text(user.LegacyDN),
		SMTPAddress:  text(user.SMTPAddress),
		DeploymentID: text(user.DeploymentID),
	}
	for _, protocol := range account.Protocols {
		if !strings.EqualFold(protocol.Type, "mapiHttp") || protocol.Version != "" && protocol.Version != "1" {
			continue
		}
		s.MailStore = protocol.MailStore.endpoint()
		s.AddressBook = protocol.AddressBook.endpoint()
		break
	}
	for _, m := range account.Mailboxes {
		s.Mailboxes = append(s.Mailboxes, AlternativeMailbox{
			Type: text(m.Type), DisplayName: text(m.DisplayName), SMTPAddress: text(m.SMTPAddress),
			OwnerSMTPAddress: text(m.OwnerSMTPAddress), LegacyDN: text(m.LegacyDN), Server: text(m.Server),
		})
	}
	if len(s.MailStore.URLs()) == 0 || s.LegacyDN == "" {
		return nil, ErrNoMAPI
	}
	return s, nil
}

// endpoint keeps URLs that credentials may go to.
func (e poxEndpoint) endpoint() Endpoint {
	return Endpoint{Internal: httpsOnly(text(e.Internal)), External: httpsOnly(text(e.External))}
}

func httpsOnly(s string) string {
	if u, err := url.Parse(s); err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return ""
	}
	return s
}

func text(s string) string { return strings.TrimSpace(s) }

func clip(s string) string {
	if len(s) > 100 {
		return s[:100] + "…"
	}
	return s
}
