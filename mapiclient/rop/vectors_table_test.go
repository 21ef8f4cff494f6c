package rop

import (
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/vectors"
)

// tableVectors are the examples of [MS-OXCTABL] 4.
var tableVectors = map[string]func(*testing.T, vectors.Vector){
	"MS-OXCTABL_4.1.1_01": request(&GetContentsTableRequest{}, 0, 1),
	"MS-OXCTABL_4.1.2_01": response(1, &GetContentsTableResponse{RowCount: 4}),
	"MS-OXCTABL_4.2.1_01": request(&SetColumnsRequest{Tags: []mapi.PropTag{
		0x67480014, 0x674A0014, 0x674D0014, 0x674E0003, 0x0037001F, 0x0E060040,
	}}, 1),
	"MS-OXCTABL_4.2.2_01": response(1, &SetColumnsResponse{}),
	"MS-OXCTABL_4.3.1_01": request(&SortTableRequest{SortOrders: []mapi.SortOrder{{Tag: 0x0E060040, Order: mapi.SortDescending}}}, 1),
	"MS-OXCTABL_4.3.2_01": response(1, &SortTableResponse{}),
	"MS-OXCTABL_4.4.1_01": request(&QueryRowsRequest{ForwardRead: true, RowCount: 50}, 1),
	"MS-OXCTABL_4.5.1.1_01": request(&SortTableRequest{
		CategoryCount: 1, ExpandedCount: 1,
		SortOrders: []mapi.SortOrder{{Tag: 0x8008301F, Order: mapi.SortAscending}, {Tag: 0x0E060040, Order: mapi.SortDescending}},
	}, 0),
	"MS-OXCTABL_4.5.1.2_01": response(0, &SortTableResponse{}),
	"MS-OXCTABL_4.5.2.1_01": request(&ExpandRowRequest{CategoryID: 0xBD88F10000000001}, 1),
	"MS-OXCTABL_4.5.2.2_01": response(1, &ExpandRowResponse{ExpandedRowCount: 3, Rows: []mapi.Props{}}),
	"MS-OXCTABL_4.5.3.1_01": request(&QueryRowsRequest{ForwardRead: true, RowCount: 50}, 0),
}
