package mapping

import "strings"

// firewalled tells whether a field must never cross, either way: it would tell
// an Exchange organisation what only itself may say. [MS-OXCMAIL] 2.1.3.2
func firewalled(name string) bool {
	return hasPrefixFold(name, "X-MS-Exchange-Organization-") || hasPrefixFold(name, "X-MS-Exchange-Forest-")
}

// blind tells whether a field names recipients that others must not see.
func blind(name string) bool {
	return strings.EqualFold(name, "Bcc") || strings.EqualFold(name, "Resent-Bcc")
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// promoted tells whether a field is to become a named property.
func promoted(patterns []string, name string) bool {
	if patterns == nil {
		return hasPrefixFold(name, "X-Mapigate-")
	}
	for _, p := range patterns {
		if prefix, wild := strings.CutSuffix(p, "*"); wild && hasPrefixFold(name, prefix) || strings.EqualFold(p, name) {
			return true
		}
	}
	return false
}
