package mapitest

import "github.com/mapigate/mapigate/mapiclient/rop"

// operations says what runs each ROP, by id. Those that aren't here are
// answered with ecNotImplemented.
func operations() [256]operation {
	var t [256]operation
	for _, part := range []map[rop.ID]operation{storeOperations(), folderOperations(), tableOperations(), messageOperations(),
		attachmentOperations(), propertyOperations(), streamOperations(), transportOperations(), notifyOperations(),
		downloadOperations(), uploadOperations(), syncOperations()} {
		for id, op := range part {
			t[id] = op
		}
	}
	return t
}

func storeOperations() map[rop.ID]operation {
	return map[rop.ID]operation{
		rop.Logon:                   logOn,
		rop.GetReceiveFolder:        on((*execution).getReceiveFolder),
		rop.GetStoreState:           on((*execution).getStoreState),
		rop.LongTermIDFromID:        onAny((*execution).longTermIDFromID),
		rop.IDFromLongTermID:        onAny((*execution).idFromLongTermID),
		rop.GetPropertyIDsFromNames: onAny((*execution).getPropertyIDsFromNames),
		rop.GetNamesFromPropertyIDs: onAny((*execution).getNamesFromPropertyIDs),
		rop.QueryNamedProperties:    onAny((*execution).queryNamedProperties),
	}
}

func folderOperations() map[rop.ID]operation {
	return map[rop.ID]operation{
		rop.OpenFolder:                      makingAny((*execution).openFolder),
		rop.CreateFolder:                    making((*execution).createFolder),
		rop.DeleteFolder:                    on((*execution).deleteFolder),
		rop.EmptyFolder:                     on((*execution).emptyFolder),
		rop.HardDeleteMessagesAndSubfolders: on((*execution).hardEmptyFolder),
		rop.DeleteMessages:                  on((*execution).deleteMessages),
		rop.HardDeleteMessages:              on((*execution).hardDeleteMessages),
		rop.MoveCopyMessages:                moveCopyMessages,
		rop.MoveFolder:                      moveFolder,
		rop.GetHierarchyTable:               making((*execution).getHierarchyTable),
		rop.GetContentsTable:                making((*execution).getContentsTable),
		rop.SetReadFlags:                    on((*execution).setReadFlags),
		rop.GetMessageStatus:                on((*execution).getMessageStatus),
		rop.SetMessageStatus:                on((*execution).setMessageStatus),
	}
}

func tableOperations() map[rop.ID]operation {
	return map[rop.ID]operation{
		rop.SetColumns:      on((*execution).setColumns),
		rop.SortTable:       on((*execution).sortTable),
		rop.Restrict:        on((*execution).restrict),
		rop.QueryRows:       on((*execution).queryRows),
		rop.QueryPosition:   on((*execution).queryPosition),
		rop.SeekRow:         on((*execution).seekRow),
		rop.FindRow:         on((*execution).findRow),
		rop.ResetTable:      on((*execution).resetTable),
		rop.GetStatus:       on((*execution).getStatus),
		rop.QueryColumnsAll: on((*execution).queryColumnsAll),
	}
}

func messageOperations() map[rop.ID]operation {
	return map[rop.ID]operation{
		rop.OpenMessage:             makingAny((*execution).openMessage),
		rop.CreateMessage:           makingAny((*execution).createMessage),
		rop.SaveChangesMessage:      on((*execution).saveChangesMessage),
		rop.RemoveAllRecipients:     on((*execution).removeAllRecipients),
		rop.ModifyRecipients:        on((*execution).modifyRecipients),
		rop.ReadRecipients:          on((*execution).readRecipients),
		rop.ReloadCachedInformation: on((*execution).reloadCachedInformation),
		rop.SetMessageReadFlag:      on((*execution).setMessageReadFlag),
	}
}

func attachmentOperations() map[rop.ID]operation {
	return map[rop.ID]operation{
		rop.GetAttachmentTable:    making((*execution).getAttachmentTable),
		rop.GetValidAttachments:   on((*execution).getValidAttachments),
		rop.CreateAttachment:      making((*execution).createAttachment),
		rop.OpenAttachment:        making((*execution).openAttachment),
		rop.DeleteAttachment:      on((*execution).deleteAttachment),
		rop.SaveChangesAttachment: on((*execution).saveChangesAttachment),
		rop.OpenEmbeddedMessage:   making((*execution).openEmbeddedMessage),
	}
}

func propertyOperations() map[rop.ID]operation {
	return map[rop.ID]operation{
		rop.GetPropertiesSpecific:       onProperties((*execution).getPropertiesSpecific),
		rop.GetPropertiesAll:            onProperties((*execution).getPropertiesAll),
		rop.GetPropertiesList:           onProperties((*execution).getPropertiesList),
		rop.SetProperties:               onProperties((*execution).setProperties),
		rop.SetPropertiesNoReplicate:    onProperties((*execution).setPropertiesNoReplicate),
		rop.DeleteProperties:            onProperties((*execution).deleteProperties),
		rop.DeletePropertiesNoReplicate: onProperties((*execution).deletePropertiesNoReplicate),
		rop.CopyTo:                      copyTo,
		rop.CopyProperties:              copyProperties,
	}
}

func streamOperations() map[rop.ID]operation {
	return map[rop.ID]operation{
		rop.OpenStream:           openStream,
		rop.ReadStream:           on((*execution).readStream),
		rop.WriteStream:          on((*execution).writeStream),
		rop.WriteAndCommitStream: on((*execution).writeAndCommitStream),
		rop.CommitStream:         on((*execution).commitStream),
		rop.GetStreamSize:        on((*execution).getStreamSize),
		rop.SetStreamSize:        on((*execution).setStreamSize),
		rop.SeekStream:           on((*execution).seekStream),
		rop.CopyToStream:         copyToStream,
	}
}

func transportOperations() map[rop.ID]operation {
	return map[rop.ID]operation{
		rop.SubmitMessage:      on((*execution).submitMessage),
		rop.AbortSubmit:        on((*execution).abortSubmit),
		rop.TransportSend:      on((*execution).transportSend),
		rop.TransportNewMail:   on((*execution).transportNewMail),
		rop.GetTransportFolder: on((*execution).getTransportFolder),
		rop.GetAddressTypes:    on((*execution).getAddressTypes),
		rop.OptionsData:        on((*execution).optionsData),
		rop.SetSpooler:         on((*execution).setSpooler),
		rop.SpoolerLockMessage: on((*execution).spoolerLockMessage),
	}
}

func notifyOperations() map[rop.ID]operation {
	return map[rop.ID]operation{
		rop.RegisterNotification: makingAny((*execution).registerNotification),
	}
}

func downloadOperations() map[rop.ID]operation {
	return map[rop.ID]operation{
		rop.FastTransferSourceCopyTo:       making((*execution).sourceCopyTo),
		rop.FastTransferSourceCopyMessages: making((*execution).sourceCopyMessages),
		rop.FastTransferSourceGetBuffer:    on((*execution).sourceGetBuffer),
	}
}

func uploadOperations() map[rop.ID]operation {
	return map[rop.ID]operation{
		rop.FastTransferDestinationConfigure: makingAny((*execution).destinationConfigure),
		rop.FastTransferDestinationPutBuffer: on((*execution).destinationPutBuffer),
	}
}

func syncOperations() map[rop.ID]operation {
	return map[rop.ID]operation{
		rop.SynchronizationConfigure:                 making((*execution).synchronizationConfigure),
		rop.SynchronizationUploadStateStreamBegin:    on((*execution).uploadStateBegin),
		rop.SynchronizationUploadStateStreamContinue: on((*execution).uploadStateContinue),
		rop.SynchronizationUploadStateStreamEnd:      on((*execution).uploadStateEnd),
	}
}
