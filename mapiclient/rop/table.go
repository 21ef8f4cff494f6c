package rop

// A shape says which handle indices stand in the headers of an operation.
type shape uint8

const (
	// onObject works on one object: InputHandleIndex.
	onObject shape = iota
	// creates makes a new object: InputHandleIndex, OutputHandleIndex. The
	// response names the output.
	creates
	// fromTo works on two objects: SourceHandleIndex, DestHandleIndex. The
	// response names the source.
	fromTo
	// logsOn makes an object from nothing: OutputHandleIndex.
	logsOn
	// saves has the index for the response before that of the object:
	// ResponseHandleIndex, InputHandleIndex. The response names the former.
	saves
	// savesEchoing is saves, and a successful response repeats
	// InputHandleIndex after the return value. [MS-OXCROPS] 2.2.6.3.2
	savesEchoing
)

// An operation is what the framing knows of a ROP.
type operation struct {
	shape       shape
	newRequest  func() Request
	newResponse func(Request) Response // nil: the operation has no response
}

// of makes the operation of a request type from its way to make a response.
func of[Q any, P interface {
	*Q
	Request
}, R Response](newResponse func(P) R, s shape) operation {
	return operation{
		shape:       s,
		newRequest:  func() Request { return P(new(Q)) },
		newResponse: func(q Request) Response { return newResponse(q.(P)) },
	}
}

// NewRequest makes an empty request, or nil when the operation is unknown.
func NewRequest(id ID) Request {
	if op := operations[id]; op.newRequest != nil {
		return op.newRequest()
	}
	return nil
}

// NewResponse makes the empty response to a request, or nil when there is
// none.
func NewResponse(q Request) Response {
	if op := operations[q.ROP()]; op.newResponse != nil {
		return op.newResponse(q)
	}
	return nil
}

// operations is indexed by ID.
var operations = [256]operation{
	Logon:   of((*LogonRequest).NewResponse, logsOn),
	Release: {newRequest: func() Request { return new(ReleaseRequest) }},

	OpenFolder: of((*OpenFolderRequest).NewResponse, creates),

	MoveCopyMessages: of((*MoveCopyMessagesRequest).NewResponse, fromTo),

	SaveChangesMessage:    of((*SaveChangesMessageRequest).NewResponse, savesEchoing),
	SaveChangesAttachment: of((*SaveChangesAttachmentRequest).NewResponse, saves),
	SubmitMessage:         of((*SubmitMessageRequest).NewResponse, onObject),
}
