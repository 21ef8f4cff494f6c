package mapi

import "strings"

// SearchKey gives the search key of an address: TYPE:ADDRESS in upper case with
// a NUL behind. It is what PidTagSearchKey, PidTagSenderSearchKey and the like
// hold. [MS-OXCPRPT] 2.2.1.9
func SearchKey(addressType, address string) []byte {
	return append([]byte(strings.ToUpper(addressType+":"+address)), 0)
}
