package mapitest

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Namespaces of Autodiscover. [MS-OXDSCLI] 2.2.1
const (
	autodiscoverRequestNS  = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"
	autodiscoverResponseNS = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
	outlookResponseNS      = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
)

const autodiscoverPath = "/autodiscover/autodiscover.xml"

// autodiscoverRequest is what a client asks. [MS-OXDSCLI] 2.2.3
type autodiscoverRequest struct {
	XMLName xml.Name
	Request struct {
		EMailAddress             string `xml:"EMailAddress"`
		LegacyDN                 string `xml:"LegacyDN"`
		AcceptableResponseSchema string `xml:"AcceptableResponseSchema"`
	} `xml:"Request"`
}

// Error codes of Autodiscover. [MS-OXDSCLI] 2.2.4.1.1.2
const (
	autodiscoverInvalidRequest = 600
	autodiscoverNoSuchSchema   = 601
	autodiscoverBadAddress     = 500
)

// maxAutodiscover bounds a request, in bytes.
const maxAutodiscover = 64 << 10

// autodiscover answers a POX request. [MS-OXDSCLI] 3.2.5
func (s *Server) autodiscover(w http.ResponseWriter, r *http.Request) {
	user := s.signIn(w, r)
	if user == nil {
		return
	}
	if r.Method != http.MethodPost {
		s.autodiscoverError(w, autodiscoverInvalidRequest, "Invalid Request")
		return
	}
	s.counters.add(Request(kindAutodiscover), user.Address)
	if fault := s.faults.take(Request(kindAutodiscover), user.Address); fault != nil && !s.httpFault(w, r, fault) {
		return
	}
	var q autodiscoverRequest
	body, err := io.ReadAll(io.LimitReader(r.Body, maxAutodiscover))
	if err == nil {
		err = xml.Unmarshal(body, &q)
	}
	if err != nil || q.XMLName.Local != "Autodiscover" || q.XMLName.Space != autodiscoverRequestNS {
		s.autodiscoverError(w, autodiscoverInvalidRequest, "Invalid Request")
		return
	}
	if q.Request.AcceptableResponseSchema != outlookResponseNS {
		s.autodiscoverError(w, autodiscoverNoSuchSchema, "Provider is not available")
		return
	}
	// The DN wins when both are given. [MS-OXDSCLI] 2.2.3.1.1.2
	mailbox := s.byAddress(q.Request.EMailAddress)
	if q.Request.LegacyDN != "" {
		mailbox = s.directory.byDN(q.Request.LegacyDN)
	}
	if mailbox == nil {
		s.autodiscoverError(w, autodiscoverBadAddress, "The e-mail address cannot be found.")
		return
	}
	s.autodiscoverSettings(w, mailbox, user, r.Header.Get("X-MapiHttpCapability") != "")
}

// autodiscoverSettings writes what is known of a mailbox. The mapiHttp block is
// only for clients that announce that they can read it. [MS-OXDSCLI] 2.2.4.1.1.1
func (s *Server) autodiscoverSettings(w http.ResponseWriter, a, user *account, mapiHTTP bool) {
	m := &Mailbox{server: s, account: a}
	var b strings.Builder
	b.WriteString(xml.Header)
	fmt.Fprintf(&b, `<Autodiscover xmlns=%q><Response xmlns=%q>`, autodiscoverResponseNS, outlookResponseNS)
	fmt.Fprintf(&b, `<User><DisplayName>%s</DisplayName><LegacyDN>%s</LegacyDN><AutoDiscoverSMTPAddress>%s</AutoDiscoverSMTPAddress><DeploymentId>%s</DeploymentId></User>`,
		escape(a.DisplayName), escape(a.dn), escape(a.Address), a.box.GUID)
	b.WriteString(`<Account><AccountType>email</AccountType><Action>settings</Action><MicrosoftOnline>False</MicrosoftOnline>`)
	if mapiHTTP {
		fmt.Fprintf(&b, `<Protocol Type="mapiHttp" Version="1"><MailStore><InternalUrl>%[1]s</InternalUrl><ExternalUrl>%[1]s</ExternalUrl></MailStore>`+
			`<AddressBook><InternalUrl>%[2]s</InternalUrl><ExternalUrl>%[2]s</ExternalUrl></AddressBook></Protocol>`,
			escape(m.URL()), escape(m.AddressBookURL()))
	}
	fmt.Fprintf(&b, `<Protocol><Type>WEB</Type><Internal><OWAUrl AuthenticationMethod="Basic, Fba">%s/owa/</OWAUrl></Internal></Protocol>`, escape(s.URL()))
	for _, other := range s.directory.all() {
		if other != user && user == a && other.granted(user, FullAccess) {
			fmt.Fprintf(&b, `<AlternativeMailbox><Type>Delegate</Type><DisplayName>%s</DisplayName><SmtpAddress>%s</SmtpAddress><OwnerSmtpAddress>%s</OwnerSmtpAddress></AlternativeMailbox>`,
				escape(other.DisplayName), escape(other.Address), escape(other.Address))
		}
	}
	b.WriteString(`</Account></Response></Autodiscover>`)
	writeXML(w, b.String())
}

func (s *Server) autodiscoverError(w http.ResponseWriter, code int, text string) {
	now := s.opts.Now().UTC()
	writeXML(w, xml.Header+fmt.Sprintf(`<Autodiscover xmlns=%q><Response><Error Time=%q Id="1"><ErrorCode>%d</ErrorCode><Message>%s</Message><DebugData /></Error></Response></Autodiscover>`,
		autodiscoverResponseNS, now.Format("15:04:05.0000000"), code, escape(text)))
}

func writeXML(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	_, _ = io.WriteString(w, body)
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}
