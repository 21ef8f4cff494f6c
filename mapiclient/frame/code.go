package frame

import "fmt"

// A ResponseCode is the value of X-ResponseCode: whether the transport took
// the request, not whether the operation worked. [MS-OXCMAPIHTTP] 2.2.3.3.3
type ResponseCode uint32

// Response codes. gromox 3.10 numbers its codes differently (0 to 9) while it
// calls itself Exchange, so a client may branch on zero or not, nothing more.
const (
	CodeSuccess              ResponseCode = 0
	CodeUnknownFailure       ResponseCode = 1
	CodeInvalidVerb          ResponseCode = 2
	CodeInvalidPath          ResponseCode = 3
	CodeInvalidHeader        ResponseCode = 4
	CodeInvalidRequestType   ResponseCode = 5
	CodeInvalidContextCookie ResponseCode = 6
	CodeMissingHeader        ResponseCode = 7
	CodeAnonymousNotAllowed  ResponseCode = 8
	CodeTooLarge             ResponseCode = 9
	CodeContextNotFound      ResponseCode = 10
	CodeNoPrivilege          ResponseCode = 11
	CodeInvalidRequestBody   ResponseCode = 12
	CodeMissingCookie        ResponseCode = 13
	CodeReserved             ResponseCode = 14
	CodeInvalidSequence      ResponseCode = 15
	CodeEndpointDisabled     ResponseCode = 16
	CodeInvalidResponse      ResponseCode = 17
	CodeEndpointShuttingDown ResponseCode = 18
)

var codeNames = [...]string{
	"Success", "UnknownFailure", "InvalidVerb", "InvalidPath", "InvalidHeader",
	"InvalidRequestType", "InvalidContextCookie", "MissingHeader", "AnonymousNotAllowed",
	"TooLarge", "ContextNotFound", "NoPrivilege", "InvalidRequestBody", "MissingCookie",
	"Reserved", "InvalidSequence", "EndpointDisabled", "InvalidResponse", "EndpointShuttingDown",
}

// String gives the number and Microsoft's name for it.
func (c ResponseCode) String() string {
	if int(c) < len(codeNames) {
		return fmt.Sprintf("%d (%s)", uint32(c), codeNames[c])
	}
	return fmt.Sprintf("%d", uint32(c))
}
