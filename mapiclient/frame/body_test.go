package frame

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

// bodies are all bodies of the mailbox endpoint with their bytes, put together
// from the tables of [MS-OXCMAPIHTTP] 2.2.4.
var bodies = []struct {
	name string
	body wire.Coder
	want string
}{
	{"Connect", &ConnectRequest{UserDN: "/o=A", Flags: ConnectNoPublicFolders | ConnectAdmin, CodePage: 1252, LcidSort: 0x409, LcidString: 0x407, Aux: []byte{9}},
		"/o=A\x00" + "\x01\x80\x00\x00" + "\xE4\x04\x00\x00" + "\x09\x04\x00\x00" + "\x07\x04\x00\x00" + "\x01\x00\x00\x00\x09"},
	{"Connect answer", &ConnectResponse{PollsMax: 60000, RetryCount: 6, RetryDelay: 10000, DNPrefix: "/o=", DisplayName: "Zoë", Aux: []byte{}},
		"\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x60\xEA\x00\x00" + "\x06\x00\x00\x00" + "\x10\x27\x00\x00" + "/o=\x00" + "Z\x00o\x00\xEB\x00\x00\x00" + "\x00\x00\x00\x00"},
	{"Connect failure", &ConnectResponse{StatusCode: 0x80040115, Aux: []byte{7}},
		"\x15\x01\x04\x80" + "\x01\x00\x00\x00\x07"},
	{"Execute", &ExecuteRequest{Flags: ExecuteNoCompression | ExecuteNoXorMagic | ExecuteChain, RopBuffer: []byte{1, 2}, MaxRopOut: 0x10008, Aux: []byte{}},
		"\x07\x00\x00\x00" + "\x02\x00\x00\x00\x01\x02" + "\x08\x00\x01\x00" + "\x00\x00\x00\x00"},
	{"Execute answer", &ExecuteResponse{ErrorCode: 0x4B6, RopBuffer: []byte{3}, Aux: []byte{}},
		"\x00\x00\x00\x00" + "\xB6\x04\x00\x00" + "\x00\x00\x00\x00" + "\x01\x00\x00\x00\x03" + "\x00\x00\x00\x00"},
	{"Disconnect", &DisconnectRequest{Aux: []byte{}}, "\x00\x00\x00\x00"},
	{"Disconnect answer", &DisconnectResponse{Aux: []byte{}}, "\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00"},
	{"NotificationWait", &NotificationWaitRequest{Aux: []byte{}}, "\x00\x00\x00\x00" + "\x00\x00\x00\x00"},
	{"NotificationWait answer", &NotificationWaitResponse{EventPending: EventPending, Aux: []byte{}},
		"\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x01\x00\x00\x00" + "\x00\x00\x00\x00"},
}

func TestBodies(t *testing.T) {
	for _, b := range bodies {
		t.Run(b.name, func(t *testing.T) {
			got, err := wire.Marshal(b.body)
			if err != nil || string(got) != b.want {
				t.Fatalf("written %x (%v), want %x", got, err, b.want)
			}
			back := reflect.New(reflect.TypeOf(b.body).Elem()).Interface().(wire.Coder)
			if err := wire.Unmarshal(got, back); err != nil || !reflect.DeepEqual(back, b.body) {
				t.Fatalf("read %+v (%v), want %+v", back, err, b.body)
			}
			for n := range got {
				short := reflect.New(reflect.TypeOf(b.body).Elem()).Interface().(wire.Coder)
				if err := wire.Unmarshal(got[:n], short); err == nil && !mayEnd(b.body, n, len(got)) {
					t.Errorf("the first %d of %d bytes are read as %+v", n, len(got), short)
				}
			}
		})
	}
}

// mayEnd tells where a body may end early: before its auxiliary buffer, and a
// failure's anywhere behind the status.
func mayEnd(body wire.Coder, n, whole int) bool {
	if r, ok := body.(*ConnectResponse); ok && r.StatusCode != 0 {
		return n >= 4
	}
	var aux int
	if r, ok := body.(*ConnectRequest); ok {
		aux = len(r.Aux)
	}
	return n == whole-4-aux
}

// TestFailureOfGromox reads what gromox 3.10 sends as a failure: the status twice.
func TestFailureOfGromox(t *testing.T) {
	var r ExecuteResponse
	if err := wire.Unmarshal([]byte{0x7D, 4, 0, 0, 0x7D, 4, 0, 0}, &r); err != nil || r.StatusCode != 0x47D {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestResponseCodeString(t *testing.T) {
	for code, want := range map[ResponseCode]string{
		CodeSuccess: "0 (Success)", CodeContextNotFound: "10 (ContextNotFound)",
		CodeEndpointShuttingDown: "18 (EndpointShuttingDown)", 19: "19", 1 << 31: "2147483648",
	} {
		if got := code.String(); got != want {
			t.Errorf("%d: %q, want %q", uint32(code), got, want)
		}
	}
}

// FuzzBodies reads any bytes as each of the bodies and writes them again.
func FuzzBodies(f *testing.F) {
	for _, b := range bodies {
		f.Add([]byte(b.want))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, b := range bodies {
			v := reflect.New(reflect.TypeOf(b.body).Elem()).Interface().(wire.Coder)
			if wire.Unmarshal(in, v) != nil {
				continue
			}
			out, err := wire.Marshal(v)
			if err != nil {
				t.Fatalf("%s: read but not written: %v", b.name, err)
			}
			v2 := reflect.New(reflect.TypeOf(b.body).Elem()).Interface().(wire.Coder)
			if err := wire.Unmarshal(out, v2); err != nil {
				t.Fatalf("%s: written but not read: %v", b.name, err)
			}
			if out2, err := wire.Marshal(v2); err != nil || !bytes.Equal(out, out2) {
				t.Fatalf("%s: %x became %x (%v)", b.name, out, out2, err)
			}
		}
	})
}
