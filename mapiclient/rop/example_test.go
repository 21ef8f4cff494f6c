package rop_test

import (
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A folder is opened and its table of messages asked for in one request; the
// server refuses to open the folder, so that there is nothing to make a table
// of.
func Example() {
	b := rop.NewBatch(0)
	store := b.Use(0x6F) // the handle that Logon gave
	folder := rop.Add(b, store, &rop.OpenFolderRequest{FolderID: mapi.FolderID(mapi.MakeID(1, 0x1E))})
	table := rop.Add(b, folder.Out, &rop.GetContentsTableRequest{TableFlags: rop.TableUnicode})

	payload, err := b.Encode()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%x\n", payload)

	// What the server answers: not found, and a null object.
	answer, _ := hex.DecodeString("0e00" + "02010f010480" + "0502b9040000" + "6f000000ffffffffffffffff")
	if err := b.Decode(answer); err != nil {
		fmt.Println(err)
		return
	}
	var refused *mapi.Error
	if errors.As(folder.Err(), &refused) {
		fmt.Printf("%s: 0x%08X\n", refused.Op, uint32(refused.Code))
	}
	fmt.Println(table.Err() != nil, table.Handle() == rop.NoHandle)

	// Output:
	// 140002000001010000000000001e0005000102406f000000ffffffffffffffff
	// RopOpenFolder: 0x8004010F
	// true true
}
