package mapi

import "time"

// Named properties of items, named by strings. The comment behind one is its defining
// reference. [MS-OXPROPS] 2
var (
	PidNameAttachmentMacContentType         = named[string](PSETIDAttachment, "AttachmentMacContentType")                               // [MS-OXCMSG] 2.2.2.29
	PidNameAttachmentMacInfo                = named[[]byte](PSETIDAttachment, "AttachmentMacInfo")                                      // [MS-OXCMSG] 2.2.2.29
	PidNameAttachmentOriginalPermissionType = named[int32](PSETIDAttachment, "AttachmentOriginalPermissionType")                        // [MS-OXCMSG] 2.2.2
	PidNameAttachmentPermissionType         = named[int32](PSETIDAttachment, "AttachmentPermissionType")                                // [MS-OXCMSG] 2.2.2
	PidNameAttachmentProviderType           = named[string](PSETIDAttachment, "AttachmentProviderType")                                 // [MS-OXCMSG] 2.2.2.26
	PidNameAudioNotes                       = named[string](PSETIDUnifiedMessaging, "UMAudioNotes")                                     // [MS-OXOUM] 2.2.5.15
	PidNameAutomaticSpeechRecognitionData   = named[[]byte](PSETIDUnifiedMessaging, "AsrData")                                          // [MS-OXOUM] 2.2.5.13
	PidNameExtractedAddresses               = named[string](PSETIDXmlExtractedEntities, "XmlExtractedAddresses")                        // [MS-OXCEXT] 2.2.2.1
	PidNameExtractedContacts                = named[string](PSETIDXmlExtractedEntities, "XmlExtractedContacts")                         // [MS-OXCEXT] 2.2.2.2
	PidNameExtractedEmails                  = named[string](PSETIDXmlExtractedEntities, "XmlExtractedEmails")                           // [MS-OXCEXT] 2.2.2.3
	PidNameExtractedMeetings                = named[string](PSETIDXmlExtractedEntities, "XmlExtractedMeetings")                         // [MS-OXCEXT] 2.2.2.4
	PidNameExtractedPhones                  = named[string](PSETIDXmlExtractedEntities, "XmlExtractedPhones")                           // [MS-OXCEXT] 2.2.2.5
	PidNameExtractedTasks                   = named[string](PSETIDXmlExtractedEntities, "XmlExtractedTasks")                            // [MS-OXCEXT] 2.2.2.6
	PidNameExtractedUrls                    = named[string](PSETIDXmlExtractedEntities, "XmlExtractedUrls")                             // [MS-OXCEXT] 2.2.2.7
	PidNameApplicationName                  = named[string](PSPublicStrings, "AppName")                                                 // [MS-OXODOC] 2.2.1.9
	PidNameAuthor                           = named[string](PSPublicStrings, "Author")                                                  // [MS-OXODOC] 2.2.1.3
	PidNameByteCount                        = named[int32](PSPublicStrings, "ByteCount")                                                // [MS-OXODOC] 2.2.1.22
	PidNameCategory                         = named[string](PSPublicStrings, "Category")                                                // [MS-OXODOC] 2.2.1.18
	PidNameCharacterCount                   = named[int32](PSPublicStrings, "CharCount")                                                // [MS-OXODOC] 2.2.1.16
	PidNameComments                         = named[string](PSPublicStrings, "Comments")                                                // [MS-OXODOC] 2.2.1.5
	PidNameCompany                          = named[string](PSPublicStrings, "Company")                                                 // [MS-OXODOC] 2.2.1.21
	PidNameCreateDateTimeReadOnly           = named[time.Time](PSPublicStrings, "CreateDtmRo")                                          // [MS-OXODOC] 2.2.1.12
	PidNameDocumentParts                    = named[[]string](PSPublicStrings, "DocParts")                                              // [MS-OXODOC] 2.2.1.29
	PidNameEditTime                         = named[string](PSPublicStrings, "EditTime")                                                // [MS-OXODOC] 2.2.1.10
	PidNameExchangeJunkEmailMoveStamp       = named[int32](PSPublicStrings, "http://schemas.microsoft.com/exchange/junkemailmovestamp") // [MS-OXCSPAM] 2.2.1.2
	PidNameHeadingPairs                     = named[[]byte](PSPublicStrings, "HeadingPairs")                                            // [MS-OXODOC] 2.2.1.30
	PidNameHiddenCount                      = named[int32](PSPublicStrings, "HiddenCount")                                              // [MS-OXODOC] 2.2.1.27
	PidNameKeywords                         = named[[]string](PSPublicStrings, "Keywords")                                              // [MS-OXCMSG] 2.2.1.17
	PidNameLastAuthor                       = named[string](PSPublicStrings, "LastAuthor")                                              // [MS-OXODOC] 2.2.1.7
	PidNameLastPrinted                      = named[time.Time](PSPublicStrings, "LastPrinted")                                          // [MS-OXODOC] 2.2.1.11
	PidNameLastSaveDateTime                 = named[time.Time](PSPublicStrings, "LastSaveDtm")                                          // [MS-OXODOC] 2.2.1.13
	PidNameLineCount                        = named[int32](PSPublicStrings, "LineCount")                                                // [MS-OXODOC] 2.2.1.23
	PidNameLinksDirty                       = named[bool](PSPublicStrings, "LinksDirty")                                                // [MS-OXODOC] 2.2.1.31
	PidNameLocationUrl                      = named[string](PSPublicStrings, "urn:schemas:calendar:locationurl")
	PidNameManager                          = named[string](PSPublicStrings, "Manager")                                           // [MS-OXODOC] 2.2.1.20
	PidNameMeetingDoNotForward              = named[bool](PSPublicStrings, "DoNotForward")                                        // [MS-OXOCAL] 2.2.1.51
	PidNameMultimediaClipCount              = named[int32](PSPublicStrings, "MMClipCount")                                        // [MS-OXODOC] 2.2.1.28
	PidNameNoteCount                        = named[int32](PSPublicStrings, "NoteCount")                                          // [MS-OXODOC] 2.2.1.26
	PidNameOMSAccountGuid                   = named[string](PSPublicStrings, "OMSAccountGuid")                                    // [MS-OXOSMMS] 2.2.1.1
	PidNameOMSMobileModel                   = named[string](PSPublicStrings, "OMSMobileModel")                                    // [MS-OXOSMMS] 2.2.1.6
	PidNameOMSScheduleTime                  = named[time.Time](PSPublicStrings, "OMSScheduleTime")                                // [MS-OXOSMMS] 2.2.1.2
	PidNameOMSServiceType                   = named[int32](PSPublicStrings, "OMSServiceType")                                     // [MS-OXOSMMS] 2.2.1.3
	PidNameOMSSourceType                    = named[int32](PSPublicStrings, "OMSSourceType")                                      // [MS-OXOSMMS] 2.2.1.4
	PidNamePageCount                        = named[int32](PSPublicStrings, "PageCount")                                          // [MS-OXODOC] 2.2.1.14
	PidNameParagraphCount                   = named[int32](PSPublicStrings, "ParCount")                                           // [MS-OXODOC] 2.2.1.24
	PidNamePhishingStamp                    = named[int32](PSPublicStrings, "http://schemas.microsoft.com/outlook/phishingstamp") // [MS-OXPHISH] 2.2.1.1
	PidNamePresentationFormat               = named[string](PSPublicStrings, "PresFormat")                                        // [MS-OXODOC] 2.2.1.19
	PidNameQuarantineOriginalSender         = named[string](PSPublicStrings, "quarantine-original-sender")                        // [MS-OXCMAIL] 2.5.4
	PidNameRevisionNumber                   = named[string](PSPublicStrings, "RevNumber")                                         // [MS-OXODOC] 2.2.1.8
	PidNameRightsManagementLicense          = named[[][]byte](PSPublicStrings, "DRMLicense")                                      // [MS-OXORMMS] 2.2.1.1
	PidNameScale                            = named[bool](PSPublicStrings, "Scale")                                               // [MS-OXODOC] 2.2.1.32
	PidNameSecurity                         = named[int32](PSPublicStrings, "Security")                                           // [MS-OXODOC] 2.2.1.17
	PidNameSlideCount                       = named[int32](PSPublicStrings, "SlideCount")                                         // [MS-OXODOC] 2.2.1.25
	PidNameSubject                          = named[string](PSPublicStrings, "Subject")                                           // [MS-OXODOC] 2.2.1.2
	PidNameTemplate                         = named[string](PSPublicStrings, "Template")                                          // [MS-OXODOC] 2.2.1.6
	PidNameThumbnail                        = named[[]byte](PSPublicStrings, "Thumbnail")                                         // [MS-OXODOC] 2.2.1.33
	PidNameTitle                            = named[string](PSPublicStrings, "Title")                                             // [MS-OXODOC] 2.2.1.1
	PidNameWordCount                        = named[int32](PSPublicStrings, "WordCount")                                          // [MS-OXODOC] 2.2.1.15
	PidLidCategories                        = lid[[]string](PSPublicStrings, 0x00009000)                                          // [MS-OXCMSG] 2.2.1.22
)
