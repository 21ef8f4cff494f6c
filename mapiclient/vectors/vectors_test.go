package vectors

import "testing"

// TestVectors leaves out what no room covers yet. A room that comes to cover
// one of these needs no change here: covered wins.
func TestVectors(t *testing.T) {
	const (
		calendar    = "comes with the mapping of meetings"
		tnef        = "comes with mapping/tnef"
		rtf         = "comes with mapping/rtf"
		addressBook = "comes with mapiclient/nspi"
	)
	Test(t, Room{Name: "vectors", LeftOut: map[string]string{
		"MS-ASEMAIL_4.3_01":       calendar,
		"MS-ASEMAIL_4.3_02":       calendar,
		"MS-OXDSCLI_4.4_01":       "comes with mapiclient/autodiscover",
		"MS-OXNSPI_4_01":          addressBook,
		"MS-OXNSPI_4_02":          addressBook,
		"MS-OXNSPI_4_03":          addressBook,
		"MS-OXNSPI_4_04":          addressBook,
		"MS-OXOCAL_4.1.1.1_01":    calendar,
		"MS-OXOCAL_4.1.1.2_01":    calendar,
		"MS-OXOCAL_4.1.1.3_01":    calendar,
		"MS-OXOCAL_4.1.1.6_01":    calendar,
		"MS-OXOCAL_4.1.2_01":      calendar,
		"MS-OXOCAL_4.1.4_01":      calendar,
		"MS-OXOCAL_4.1.5_01":      calendar,
		"MS-OXRTFCP_2.1.3.1.4_01": rtf,
		"MS-OXRTFCP_3.1.1_01":     rtf,
		"MS-OXRTFCP_3.1.2_01":     rtf,
		"MS-OXRTFEX_3.1_01":       rtf,
		"MS-OXTNEF_3.1_01":        tnef,
		"MS-OXTNEF_3.1_02":        tnef,
		"MS-OXTNEF_3.1_03":        tnef,
		"MS-OXTNEF_3.1_04":        tnef,
		"MS-OXTNEF_3.1_05":        tnef,
		"MS-OXTNEF_3.1_06":        tnef,
		"MS-OXTNEF_3.1_07":        tnef,
		"MS-OXTNEF_3.1_08":        tnef,
		"MS-OXTNEF_3.1_09":        tnef,
	}})
}
