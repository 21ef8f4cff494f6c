package mapi

// TagName gives the [MS-OXPROPS] name of a tag, or "".
func TagName(t PropTag) string { return "" }
