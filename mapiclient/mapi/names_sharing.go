package mapi

import "time"

// Named properties of sharing messages. The comment behind one is its defining
// reference. [MS-OXPROPS] 2
var (
	PidLidSharingStatus                     = lid[int32](PSETIDSharing, 0x00008A00)     // [MS-OXSHARE] 2.2.6
	PidLidSharingProviderGuid               = lid[[]byte](PSETIDSharing, 0x00008A01)    // [MS-OXSHARE] 2.2.2.12
	PidLidSharingProviderName               = lid[string](PSETIDSharing, 0x00008A02)    // [MS-OXSHARE] 2.2.2.14
	PidLidSharingProviderUrl                = lid[string](PSETIDSharing, 0x00008A03)    // [MS-OXSHARE] 2.2.2.16
	PidLidSharingRemotePath                 = lid[string](PSETIDSharing, 0x00008A04)    // [MS-OXSHARE] 2.2.6
	PidLidSharingRemoteName                 = lid[string](PSETIDSharing, 0x00008A05)    // [MS-OXSHARE] 2.2.3.1
	PidLidSharingRemoteUid                  = lid[string](PSETIDSharing, 0x00008A06)    // [MS-OXSHARE] 2.2.3.7
	PidLidSharingInitiatorName              = lid[string](PSETIDSharing, 0x00008A07)    // [MS-OXSHARE] 2.2.2.8
	PidLidSharingInitiatorSmtp              = lid[string](PSETIDSharing, 0x00008A08)    // [MS-OXSHARE] 2.2.2.9
	PidLidSharingInitiatorEntryId           = lid[[]byte](PSETIDSharing, 0x00008A09)    // [MS-OXSHARE] 2.2.2.7
	PidLidSharingFlags                      = lid[int32](PSETIDSharing, 0x00008A0A)     // [MS-OXSHARE] 2.2.6
	PidLidSharingProviderExtension          = lid[string](PSETIDSharing, 0x00008A0B)    // [MS-OXSHARE] 2.2.6
	PidLidSharingRemoteUser                 = lid[string](PSETIDSharing, 0x00008A0C)    // [MS-OXSHARE] 2.2.6
	PidLidSharingRemotePass                 = lid[string](PSETIDSharing, 0x00008A0D)    // [MS-OXSHARE] 2.2.6
	PidLidSharingLocalPath                  = lid[string](PSETIDSharing, 0x00008A0E)    // [MS-OXSHARE] 2.2.6
	PidLidSharingLocalName                  = lid[string](PSETIDSharing, 0x00008A0F)    // [MS-OXSHARE] 2.2.6
	PidLidSharingLocalUid                   = lid[string](PSETIDSharing, 0x00008A10)    // [MS-OXSHARE] 2.2.6
	PidLidSharingFilter                     = lid[[]byte](PSETIDSharing, 0x00008A13)    // [MS-OXSHARE] 2.2.6
	PidLidSharingLocalType                  = lid[string](PSETIDSharing, 0x00008A14)    // [MS-OXSHARE] 2.2.2.10
	PidLidSharingFolderEntryId              = lid[[]byte](PSETIDSharing, 0x00008A15)    // [MS-OXSHARE] 2.2.6
	PidLidSharingCapabilities               = lid[int32](PSETIDSharing, 0x00008A17)     // [MS-OXSHARE] 2.2.2.1
	PidLidSharingFlavor                     = lid[int32](PSETIDSharing, 0x00008A18)     // [MS-OXSHARE] 2.2.2.5
	PidLidSharingAnonymity                  = lid[int32](PSETIDSharing, 0x00008A19)     // [MS-OXSHARE] 2.2.6
	PidLidSharingReciprocation              = lid[int32](PSETIDSharing, 0x00008A1A)     // [MS-OXSHARE] 2.2.6
	PidLidSharingPermissions                = lid[int32](PSETIDSharing, 0x00008A1B)     // [MS-OXSHARE] 2.2.6
	PidLidSharingInstanceGuid               = lid[[]byte](PSETIDSharing, 0x00008A1C)    // [MS-OXSHARE] 2.2.6
	PidLidSharingRemoteType                 = lid[string](PSETIDSharing, 0x00008A1D)    // [MS-OXSHARE] 2.2.3.5
	PidLidSharingParticipants               = lid[string](PSETIDSharing, 0x00008A1E)    // [MS-OXSHARE] 2.2.6
	PidLidSharingLastSyncTime               = lid[time.Time](PSETIDSharing, 0x00008A1F) // [MS-OXSHARE] 2.2.6
	PidLidSharingExtensionXml               = lid[string](PSETIDSharing, 0x00008A21)    // [MS-OXSHARE] 2.2.6
	PidLidSharingRemoteLastModificationTime = lid[time.Time](PSETIDSharing, 0x00008A22) // [MS-OXSHARE] 2.2.6
	PidLidSharingLocalLastModificationTime  = lid[time.Time](PSETIDSharing, 0x00008A23) // [MS-OXSHARE] 2.2.6
	PidLidSharingConfigurationUrl           = lid[string](PSETIDSharing, 0x00008A24)    // [MS-OXSHARE] 2.2.2.3
	PidLidSharingStart                      = lid[time.Time](PSETIDSharing, 0x00008A25) // [MS-OXSHARE] 2.2.6
	PidLidSharingStop                       = lid[time.Time](PSETIDSharing, 0x00008A26) // [MS-OXSHARE] 2.2.6
	PidLidSharingResponseType               = lid[int32](PSETIDSharing, 0x00008A27)     // [MS-OXSHARE] 2.2.4.2
	PidLidSharingResponseTime               = lid[time.Time](PSETIDSharing, 0x00008A28) // [MS-OXSHARE] 2.2.4.1
	PidLidSharingOriginalMessageEntryId     = lid[[]byte](PSETIDSharing, 0x00008A29)    // [MS-OXSHARE] 2.2.6
	PidLidSharingSyncInterval               = lid[int32](PSETIDSharing, 0x00008A2A)     // [MS-OXSHARE] 2.2.6
	PidLidSharingDetail                     = lid[int32](PSETIDSharing, 0x00008A2B)     // [MS-OXSHARE] 2.2.6
	PidLidSharingTimeToLive                 = lid[int32](PSETIDSharing, 0x00008A2C)     // [MS-OXSHARE] 2.2.6
	PidLidSharingBindingEntryId             = lid[[]byte](PSETIDSharing, 0x00008A2D)    // [MS-OXSHARE] 2.2.6
	PidLidSharingIndexEntryId               = lid[[]byte](PSETIDSharing, 0x00008A2E)    // [MS-OXSHARE] 2.2.6
	PidLidSharingRemoteComment              = lid[string](PSETIDSharing, 0x00008A2F)    // [MS-OXSHARE] 2.2.6
	PidLidSharingWorkingHoursStart          = lid[time.Time](PSETIDSharing, 0x00008A40) // [MS-OXSHARE] 2.2.6
	PidLidSharingWorkingHoursEnd            = lid[time.Time](PSETIDSharing, 0x00008A41) // [MS-OXSHARE] 2.2.6
	PidLidSharingWorkingHoursDays           = lid[int32](PSETIDSharing, 0x00008A42)     // [MS-OXSHARE] 2.2.6
	PidLidSharingWorkingHoursTimeZone       = lid[[]byte](PSETIDSharing, 0x00008A43)    // [MS-OXSHARE] 2.2.6
	PidLidSharingDataRangeStart             = lid[time.Time](PSETIDSharing, 0x00008A44) // [MS-OXSHARE] 2.2.6
	PidLidSharingDataRangeEnd               = lid[time.Time](PSETIDSharing, 0x00008A45) // [MS-OXSHARE] 2.2.6
	PidLidSharingRangeStart                 = lid[int32](PSETIDSharing, 0x00008A46)     // [MS-OXSHARE] 2.2.6
	PidLidSharingRangeEnd                   = lid[int32](PSETIDSharing, 0x00008A47)     // [MS-OXSHARE] 2.2.6
	PidLidSharingRemoteStoreUid             = lid[string](PSETIDSharing, 0x00008A48)    // [MS-OXSHARE] 2.2.3.3
	PidLidSharingLocalStoreUid              = lid[string](PSETIDSharing, 0x00008A49)    // [MS-OXSHARE] 2.2.6
	PidLidSharingRemoteByteSize             = lid[int32](PSETIDSharing, 0x00008A4B)     // [MS-OXSHARE] 2.2.6
	PidLidSharingRemoteCrc                  = lid[int32](PSETIDSharing, 0x00008A4C)     // [MS-OXSHARE] 2.2.6
	PidLidSharingLocalComment               = lid[string](PSETIDSharing, 0x00008A4D)    // [MS-OXSHARE] 2.2.6
	PidLidSharingRoamLog                    = lid[int32](PSETIDSharing, 0x00008A4E)     // [MS-OXSHARE] 2.2.6
	PidLidSharingRemoteMessageCount         = lid[int32](PSETIDSharing, 0x00008A4F)     // [MS-OXSHARE] 2.2.6
	PidLidSharingBrowseUrl                  = lid[string](PSETIDSharing, 0x00008A51)    // [MS-OXSHARE] 2.2.6
	PidLidSharingLastAutoSyncTime           = lid[time.Time](PSETIDSharing, 0x00008A55) // [MS-OXSHARE] 2.2.6
	PidLidSharingTimeToLiveAuto             = lid[int32](PSETIDSharing, 0x00008A56)     // [MS-OXSHARE] 2.2.6
	PidLidSharingRemoteVersion              = lid[string](PSETIDSharing, 0x00008A5B)    // [MS-OXSHARE] 2.2.6
	PidLidSharingParentBindingEntryId       = lid[[]byte](PSETIDSharing, 0x00008A5C)    // [MS-OXSHARE] 2.2.6
	PidLidSharingSyncFlags                  = lid[int32](PSETIDSharing, 0x00008A60)     // [MS-OXSHARE] 2.2.6
)
