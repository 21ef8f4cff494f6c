package autodiscover

import (
	"reflect"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/vectors"
)

func TestVectors(t *testing.T) {
	vectors.Test(t, vectors.Room{Name: "autodiscover", Covered: map[string]func(*testing.T, vectors.Vector){
		"MS-OXDSCLI_4.4_01": func(t *testing.T, v vectors.Vector) {
			got, err := ParseResponse(v.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			want := &Settings{
				DisplayName:  "User Display Name",
				LegacyDN:     "/o=microsoft/ou=Contoso/cn=Recipients/cn=486021",
				SMTPAddress:  "user@Contoso.com",
				DeploymentID: "30c3a927-42aa-5de8-91e3-8e5b4655ed00",
				MailStore:    Endpoint{Internal: "https://mail.Contoso.com/mapi/emsmdb/?MailboxId=416c6368-656d-794a-6f45-57615272456e@Contoso.com"},
				AddressBook:  Endpoint{Internal: "https://mail.Contoso.com/mapi/nspi/?MailboxId=416c6368-656d-794a-6f45-57615272456e@Contoso.com"},
			}
			if !reflect.DeepEqual(got.Settings, want) {
				t.Errorf("got %+v, want %+v", got.Settings, want)
			}
			printed := map[string]string{}
			for _, f := range v.Fields {
				printed[f.Name] = f.Value
			}
			for name, value := range map[string]string{
				"LegacyDN": got.Settings.LegacyDN, "AutoDiscoverSMTPAddress": got.Settings.SMTPAddress,
				"MailStore.InternalUrl": got.Settings.MailStore.Internal, "AddressBook.InternalUrl": got.Settings.AddressBook.Internal,
			} {
				if printed[name] != value {
					t.Errorf("%s is %q, the page prints %q", name, value, printed[name])
				}
			}
		},
	}})
}
