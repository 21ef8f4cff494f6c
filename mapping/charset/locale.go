package charset

// OfLocale gives the Windows code page of 8-bit text in a locale. [MS-LCID]
func OfLocale(lcid uint32) uint32 {
	switch lcid & 0x3FF { // the primary language
	case 0x11:
		return 932
	case 0x12:
		return 949
	case 0x04:
		if lcid == 0x0404 || lcid == 0x0C04 || lcid == 0x1404 {
			return 950
		}
		return 936
	case 0x05, 0x0E, 0x15, 0x18, 0x1A, 0x1B, 0x1C, 0x24:
		return 1250
	case 0x02, 0x19, 0x22, 0x23, 0x2F:
		return 1251
	case 0x08:
		return 1253
	case 0x1F:
		return 1254
	case 0x0D:
		return 1255
	case 0x01, 0x20, 0x29:
		return 1256
	case 0x25, 0x26, 0x27:
		return 1257
	case 0x2A:
		return 1258
	case 0x1E:
		return 874
	case 0:
		return 0
	}
	return 1252
}
