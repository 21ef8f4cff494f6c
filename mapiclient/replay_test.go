package mapiclient_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/recording"
)

// record is the folder below testdata/recordings that TestRecord writes,
// such as gromox-3.10.
var record = flag.String("record", "", "record the scenarios against the server of MAPI_TEST_URL, under this name")

const recordings = "testdata/recordings"

// A cast is what the recordings of one server have in common: server.json.
type cast struct {
	Recorded  time.Time           `json:"recorded"`
	User      string              `json:"user"`
	Recipient string              `json:"recipient"`
	Endpoint  mapiclient.Endpoint `json:"endpoint"`
}

// scene makes the stage of a scenario.
func (c *cast) scene(name string, password auth.Secret, http mapihttp.LaneConfig, pause func()) *scene {
	return &scene{name: name, recipient: c.Recipient, pause: pause, options: mapiclient.Options{
		Address:         c.User,
		AutodiscoverURL: "https://" + recording.Host + "/autodiscover/autodiscover.xml",
		Endpoint:        c.Endpoint,
		Auth:            auth.NewBasic(auth.Credentials{User: c.User, Password: password}),
		HTTP:            http,
	}}
}

// TestReplay plays every recording through the client, which must say what it
// said then, byte for byte, and understand what it is told.
func TestReplay(t *testing.T) {
	servers, err := filepath.Glob(filepath.Join(recordings, "*", "server.json"))
	if err != nil || len(servers) == 0 {
		t.Fatalf("no recordings below %s, %v", recordings, err)
	}
	for _, file := range servers {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) { replayAll(t, dir) })
	}
}

func replayAll(t *testing.T, dir string) {
	data, err := os.ReadFile(filepath.Join(dir, "server.json"))
	if err != nil {
		t.Fatal(err)
	}
	var c cast
	if err := json.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	for _, sc := range scenarios {
		t.Run(sc.name, func(t *testing.T) {
			player := openPlayer(t, filepath.Join(dir, sc.name+".txt"))
			s := c.scene(sc.name, auth.NewSecret("any"), mapihttp.LaneConfig{TLS: player.TLS(), Dial: player.Dial}, func() {})
			// Behind the client's own cleanup, which may still say something.
			t.Cleanup(func() {
				if err := player.Err(); err != nil {
					t.Error(err)
				}
			})
			sc.play(t, s)
		})
	}
}

func openPlayer(t *testing.T, file string) *recording.Player {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list, err := recording.Read(f)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	player, err := recording.NewPlayer(list)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(player.Close)
	return player
}

// TestRecord records the scenarios against the server of MAPI_TEST_URL, for a
// user that signs in by Basic: "make record".
func TestRecord(t *testing.T) {
	if *record == "" {
		t.Skip("recording is asked for by -record NAME, see make record")
	}
	real := realServer(t)
	password := os.Getenv("MAPI_TEST_PASSWORD")
	c := &cast{Recorded: time.Now().UTC().Truncate(time.Second), User: real.Address, Recipient: os.Getenv("MAPI_TEST_USER2")}
	if c.Recipient == "" {
		c.Recipient = c.User
	}
	recorder, err := recording.NewRecorder(real.Endpoint.URL, real.HTTP.TLS)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(recorder.Close)
	http := mapihttp.LaneConfig{TLS: recorder.TLS(), Dial: recorder.Dial}
	c.Endpoint = findEndpoint(t, c, real.Endpoint, recorder, password)
	dir := filepath.Join(recordings, filepath.Base(*record))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, sc := range scenarios {
		t.Run(sc.name, func(t *testing.T) {
			s := c.scene(sc.name, auth.NewSecret(password), http, func() { time.Sleep(300 * time.Millisecond) })
			sc.play(t, s)
			keep(t, recorder, filepath.Join(dir, sc.name+".txt"), password)
		})
	}
	data, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "server.json"), append(data, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Logf("written to %s", dir)
}

// findEndpoint gives the endpoint as the client shall know it: the one that is
// configured, or the one that Autodiscover tells.
func findEndpoint(t *testing.T, c *cast, real mapiclient.Endpoint, r *recording.Recorder, password string) mapiclient.Endpoint {
	t.Helper()
	if real.UserDN != "" && real.AddressBookURL != "" {
		return mapiclient.Endpoint{URL: r.URL(real.URL), AddressBookURL: r.URL(real.AddressBookURL), UserDN: real.UserDN}
	}
	s := c.scene("endpoint", auth.NewSecret(password), mapihttp.LaneConfig{TLS: r.TLS(), Dial: r.Dial}, nil)
	e, err := s.client(t).Endpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Take(); err != nil {
		t.Fatal(err)
	}
	return e
}

// keep writes what the recorder has taken, unless a secret is in it.
func keep(t *testing.T, r *recording.Recorder, file, password string) {
	t.Helper()
	list, err := r.Take()
	if err != nil {
		t.Fatal(err)
	}
	if t.Failed() {
		t.Fatalf("%s is not written", file)
	}
	var b bytes.Buffer
	if err := recording.Write(&b, list); err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		for _, m := range []recording.Message{e.Request, e.Answer} {
			if password != "" && bytes.Contains(m.Body, []byte(password)) {
				t.Fatalf("%s would have the password in it", file)
			}
		}
	}
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
