package mapi

// Named properties of header fields. The comment behind one is its defining
// reference. [MS-OXPROPS] 2
var (
	PidNameAcceptLanguage               = named[string](PSInternetHeaders, "Accept-Language")             // [MS-OXCMSG] 2.2.1.42
	PidNameContentBase                  = named[string](PSInternetHeaders, "Content-Base")                // [MS-OXCMSG] 2.2.1.41
	PidNameContentClass                 = named[string](PSInternetHeaders, "Content-Class")               // [MS-OXCMSG] 2.2.1.48
	PidNameContentType                  = named[string](PSInternetHeaders, "Content-Type")                // [MS-OXCMSG] 2.2.1.50
	PidNameCrossReference               = named[string](PSInternetHeaders, "Xref")                        // [MS-OXCMAIL] 2.5.3
	PidNameMSIPLabels                   = named[string](PSInternetHeaders, "msip_labels")                 // [MS-OXCMSG] 2.2.1.59
	PidNameXCallId                      = named[string](PSInternetHeaders, "X-CallID")                    // [MS-OXOUM] 2.2.5.12
	PidNameXFaxNumberOfPages            = named[int16](PSInternetHeaders, "X-FaxNumberOfPages")           // [MS-OXOUM] 2.2.5.8
	PidNameXRequireProtectedPlayOnPhone = named[bool](PSInternetHeaders, "X-RequireProtectedPlayOnPhone") // [MS-OXOUM] 2.2.5.14
	PidNameXSenderTelephoneNumber       = named[string](PSInternetHeaders, "X-CallingTelephoneNumber")    // [MS-OXOUM] 2.2.5.2
	PidNameXSharingBrowseUrl            = named[string](PSInternetHeaders, "X-Sharing-Browse-Url")        // [MS-OXSHARE] 2.2.6
	PidNameXSharingCapabilities         = named[string](PSInternetHeaders, "X-Sharing-Capabilities")      // [MS-OXSHARE] 2.2.2.2
	PidNameXSharingConfigUrl            = named[string](PSInternetHeaders, "X-Sharing-Config-Url")        // [MS-OXSHARE] 2.2.2.4
	PidNameXSharingExendedCaps          = named[string](PSInternetHeaders, "X-Sharing-Exended-Caps")      // [MS-OXSHARE] 2.2.6
	PidNameXSharingFlavor               = named[string](PSInternetHeaders, "X-Sharing-Flavor")            // [MS-OXSHARE] 2.2.2.6
	PidNameXSharingInstanceGuid         = named[string](PSInternetHeaders, "X-Sharing-Instance-Guid")     // [MS-OXSHARE] 2.2.6
	PidNameXSharingLocalType            = named[string](PSInternetHeaders, "X-Sharing-Local-Type")        // [MS-OXSHARE] 2.2.2.11
	PidNameXSharingProviderGuid         = named[string](PSInternetHeaders, "X-Sharing-Provider-Guid")     // [MS-OXSHARE] 2.2.2.13
	PidNameXSharingProviderName         = named[string](PSInternetHeaders, "X-Sharing-Provider-Name")     // [MS-OXSHARE] 2.2.2.15
	PidNameXSharingProviderUrl          = named[string](PSInternetHeaders, "X-Sharing-Provider-Url")      // [MS-OXSHARE] 2.2.2.17
	PidNameXSharingRemoteName           = named[string](PSInternetHeaders, "X-Sharing-Remote-Name")       // [MS-OXSHARE] 2.2.3.2
	PidNameXSharingRemotePath           = named[string](PSInternetHeaders, "X-Sharing-Remote-Path")       // [MS-OXSHARE] 2.2.6
	PidNameXSharingRemoteStoreUid       = named[string](PSInternetHeaders, "X-Sharing-Remote-Store-Uid")  // [MS-OXSHARE] 2.2.3.4
	PidNameXSharingRemoteType           = named[string](PSInternetHeaders, "X-Sharing-Remote-Type")       // [MS-OXSHARE] 2.2.3.6
	PidNameXSharingRemoteUid            = named[string](PSInternetHeaders, "X-Sharing-Remote-Uid")        // [MS-OXSHARE] 2.2.3.8
	PidNameXVoiceMessageAttachmentOrder = named[string](PSInternetHeaders, "X-AttachmentOrder")           // [MS-OXOUM] 2.2.5.10
	PidNameXVoiceMessageDuration        = named[int16](PSInternetHeaders, "X-VoiceMessageDuration")       // [MS-OXOUM] 2.2.5.4
	PidNameXVoiceMessageSenderName      = named[string](PSInternetHeaders, "X-VoiceMessageSenderName")    // [MS-OXOUM] 2.2.5.6
)
