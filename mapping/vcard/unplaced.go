package vcard

import "github.com/mapigate/mapigate/mapiclient/mapi"

// unplaced are what a contact can say and a vCard cannot.
var unplaced = []mapi.Tag[string]{
	mapi.PidTagAccount, mapi.PidTagGovernmentIdNumber, mapi.PidTagInitials, mapi.PidTagLanguage, mapi.PidTagLocation, mapi.PidTagOrganizationalIdNumber,
	mapi.PidTagComputerNetworkName, mapi.PidTagCustomerId, mapi.PidTagFtpSite,
}

// leftOver lists what the message says of these.
func (w *writer) leftOver(ps mapi.Props) {
	for _, tag := range unplaced {
		if v := tag.Get(ps); v != "" {
			w.lose(tag.String(), v, "vCard has no such property")
		}
	}
}
