package mapi

import "time"

// Properties of contacts and mail users. The comment behind a tag is its
// defining reference. [MS-OXPROPS] 2
const (
	PidTagAccount                                        Tag[string]    = 0x3A00001F // [MS-OXOCNTC] 2.2.1.10.11
	PidTagCallbackTelephoneNumber                        Tag[string]    = 0x3A02001F // [MS-OXOCNTC] 2.2.1.4.2
	PidTagGeneration                                     Tag[string]    = 0x3A05001F // [MS-OXOCNTC] 2.2.1.1.2
	PidTagGivenName                                      Tag[string]    = 0x3A06001F // [MS-OXOABK] 2.2.4.2
	PidTagGovernmentIdNumber                             Tag[string]    = 0x3A07001F // [MS-OXOCNTC] 2.2.1.10.9
	PidTagBusinessTelephoneNumber                        Tag[string]    = 0x3A08001F // [MS-OXOABK] 2.2.4.21
	PidTagHomeTelephoneNumber                            Tag[string]    = 0x3A09001F // [MS-OXOABK] 2.2.4.22
	PidTagInitials                                       Tag[string]    = 0x3A0A001F // [MS-OXOABK] 2.2.4.3
	PidTagKeyword                                        Tag[string]    = 0x3A0B001F // [MS-OXOABK] 2.2.4.32
	PidTagLanguage                                       Tag[string]    = 0x3A0C001F // [MS-OXOCNTC] 2.2.1.10.4
	PidTagLocation                                       Tag[string]    = 0x3A0D001F // [MS-OXOCNTC] 2.2.1.10.5
	PidTagMessageHandlingSystemCommonName                Tag[string]    = 0x3A0F001F // [MS-OXOABK] 2.2.4.33
	PidTagOrganizationalIdNumber                         Tag[string]    = 0x3A10001F // [MS-OXOCNTC] 2.2.1.10.7
	PidTagSurname                                        Tag[string]    = 0x3A11001F // [MS-OXOABK] 2.2.4.1
	PidTagOriginalEntryId                                Tag[[]byte]    = 0x3A120102 // [MS-OXCFXICS] 2.2.1.2.9
	PidTagPostalAddress                                  Tag[string]    = 0x3A15001F // [MS-OXOCNTC] 2.2.1.3.8
	PidTagCompanyName                                    Tag[string]    = 0x3A16001F // [MS-OXOABK] 2.2.4.7
	PidTagTitle                                          Tag[string]    = 0x3A17001F // [MS-OXOABK] 2.2.4.4
	PidTagDepartmentName                                 Tag[string]    = 0x3A18001F // [MS-OXOABK] 2.2.4.6
	PidTagOfficeLocation                                 Tag[string]    = 0x3A19001F // [MS-OXOABK] 2.2.4.5
	PidTagPrimaryTelephoneNumber                         Tag[string]    = 0x3A1A001F // [MS-OXOCNTC] 2.2.1.4.5
	PidTagBusiness2TelephoneNumber                       Tag[string]    = 0x3A1B001F // [MS-OXOABK] 2.2.4.23
	PidTagBusiness2TelephoneNumbers                      Tag[[]string]  = 0x3A1B101F // [MS-OXOABK] 2.2.4.24
	PidTagMobileTelephoneNumber                          Tag[string]    = 0x3A1C001F // [MS-OXOABK] 2.2.4.27
	PidTagRadioTelephoneNumber                           Tag[string]    = 0x3A1D001F // [MS-OXOCNTC] 2.2.1.4.8
	PidTagCarTelephoneNumber                             Tag[string]    = 0x3A1E001F // [MS-OXOCNTC] 2.2.1.4.9
	PidTagOtherTelephoneNumber                           Tag[string]    = 0x3A1F001F // [MS-OXOCNTC] 2.2.1.4.10
	PidTagPagerTelephoneNumber                           Tag[string]    = 0x3A21001F // [MS-OXOABK] 2.2.4.28
	PidTagUserCertificate                                Tag[[]byte]    = 0x3A220102 // [MS-OXOABK] 2.2.4.34
	PidTagPrimaryFaxNumber                               Tag[string]    = 0x3A23001F // [MS-OXOABK] 2.2.4.29
	PidTagBusinessFaxNumber                              Tag[string]    = 0x3A24001F // [MS-OXOCNTC] 2.2.1.2.6
	PidTagHomeFaxNumber                                  Tag[string]    = 0x3A25001F // [MS-OXOCNTC] 2.2.1.2.6
	PidTagCountry                                        Tag[string]    = 0x3A26001F // [MS-OXOABK] 2.2.4.19
	PidTagLocality                                       Tag[string]    = 0x3A27001F // [MS-OXOABK] 2.2.4.16
	PidTagStateOrProvince                                Tag[string]    = 0x3A28001F // [MS-OXOABK] 2.2.4.17
	PidTagStreetAddress                                  Tag[string]    = 0x3A29001F // [MS-OXOABK] 2.2.4.14
	PidTagPostalCode                                     Tag[string]    = 0x3A2A001F // [MS-OXOABK] 2.2.4.18
	PidTagPostOfficeBox                                  Tag[string]    = 0x3A2B001F // [MS-OXOABK] 2.2.4.15
	PidTagTelexNumber                                    Tag[string]    = 0x3A2C001F // [MS-OXOABK] 2.2.4.30
	PidTagIsdnNumber                                     Tag[string]    = 0x3A2D001F // [MS-OXOCNTC] 2.2.1.4.16
	PidTagAssistantTelephoneNumber                       Tag[string]    = 0x3A2E001F // [MS-OXOABK] 2.2.4.31
	PidTagHome2TelephoneNumber                           Tag[string]    = 0x3A2F001F // [MS-OXOABK] 2.2.4.25
	PidTagHome2TelephoneNumbers                          Tag[[]string]  = 0x3A2F101F // [MS-OXOABK] 2.2.4.26
	PidTagAssistant                                      Tag[string]    = 0x3A30001F // [MS-OXOABK] 2.2.4.8
	PidTagWeddingAnniversary                             Tag[time.Time] = 0x3A410040 // [MS-OXOCNTC] 2.2.1.5.4
	PidTagBirthday                                       Tag[time.Time] = 0x3A420040 // [MS-OXOCNTC] 2.2.1.5.1
	PidTagHobbies                                        Tag[string]    = 0x3A43001F // [MS-OXOCNTC] 2.2.1.10.2
	PidTagMiddleName                                     Tag[string]    = 0x3A44001F // [MS-OXOCNTC] 2.2.1.1.5
	PidTagDisplayNamePrefix                              Tag[string]    = 0x3A45001F // [MS-OXOCNTC] 2.2.1.1.3
	PidTagProfession                                     Tag[string]    = 0x3A46001F // [MS-OXOCNTC] 2.2.1.6.9
	PidTagReferredByName                                 Tag[string]    = 0x3A47001F // [MS-OXOCNTC] 2.2.1.10.21
	PidTagSpouseName                                     Tag[string]    = 0x3A48001F // [MS-OXOCNTC] 2.2.1.10.3
	PidTagComputerNetworkName                            Tag[string]    = 0x3A49001F // [MS-OXOCNTC] 2.2.1.10.16
	PidTagCustomerId                                     Tag[string]    = 0x3A4A001F // [MS-OXOCNTC] 2.2.1.10.8
	PidTagTelecommunicationsDeviceForDeafTelephoneNumber Tag[string]    = 0x3A4B001F // [MS-OXOCNTC] 2.2.1.4.13
	PidTagFtpSite                                        Tag[string]    = 0x3A4C001F // [MS-OXOCNTC] 2.2.1.10.15
	PidTagGender                                         Tag[int16]     = 0x3A4D0002 // [MS-OXOCNTC] 2.2.1.10.20
	PidTagManagerName                                    Tag[string]    = 0x3A4E001F // [MS-OXOCNTC] 2.2.1.6.6
	PidTagNickname                                       Tag[string]    = 0x3A4F001F // [MS-OXOCNTC] 2.2.1.1.1
	PidTagPersonalHomePage                               Tag[string]    = 0x3A50001F // [MS-OXOCNTC] 2.2.1.10.13
	PidTagBusinessHomePage                               Tag[string]    = 0x3A51001F // [MS-OXOCNTC] 2.2.1.10.14
	PidTagCompanyMainTelephoneNumber                     Tag[string]    = 0x3A57001F // [MS-OXOCNTC] 2.2.1.4.14
	PidTagChildrensNames                                 Tag[[]string]  = 0x3A58101F // [MS-OXOCNTC] 2.2.1.10.17
	PidTagHomeAddressCity                                Tag[string]    = 0x3A59001F // [MS-OXOCNTC] 2.2.1.3.2
	PidTagHomeAddressCountry                             Tag[string]    = 0x3A5A001F // [MS-OXOCNTC] 2.2.1.3.5
	PidTagHomeAddressPostalCode                          Tag[string]    = 0x3A5B001F // [MS-OXOCNTC] 2.2.1.3.4
	PidTagHomeAddressStateOrProvince                     Tag[string]    = 0x3A5C001F // [MS-OXOCNTC] 2.2.1.3.3
	PidTagHomeAddressStreet                              Tag[string]    = 0x3A5D001F // [MS-OXOABK] 2.2.4.20
	PidTagHomeAddressPostOfficeBox                       Tag[string]    = 0x3A5E001F // [MS-OXOCNTC] 2.2.1.3.7
	PidTagOtherAddressCity                               Tag[string]    = 0x3A5F001F // [MS-OXOCNTC] 2.2.1.3.2
	PidTagOtherAddressCountry                            Tag[string]    = 0x3A60001F // [MS-OXOCNTC] 2.2.1.3.5
	PidTagOtherAddressPostalCode                         Tag[string]    = 0x3A61001F // [MS-OXOCNTC] 2.2.1.3.4
	PidTagOtherAddressStateOrProvince                    Tag[string]    = 0x3A62001F // [MS-OXOCNTC] 2.2.1.3.3
	PidTagOtherAddressStreet                             Tag[string]    = 0x3A63001F // [MS-OXOCNTC] 2.2.1.3.1
	PidTagOtherAddressPostOfficeBox                      Tag[string]    = 0x3A64001F // [MS-OXOCNTC] 2.2.1.3.7
	PidTagUserX509Certificate                            Tag[[][]byte]  = 0x3A701102 // [MS-OXOABK] 2.2.4.36
	PidTagOscSyncEnabled                                 Tag[bool]      = 0x7C24000B // [MS-OXOCNTC] 2.2.1.9.7
)
