package mapihttp

import (
	"regexp"
	"strings"
)

// Pages for finding errors echo the headers of a request, and what they show would
// stand in our logs: credentials and cookies are taken out of what an error quotes.
var (
	echoedCookies = regexp.MustCompile(`(?i)\b(set-)?cookie2?["']?\s*[:=>].*`)
	echoedTokens  = regexp.MustCompile(`(?i)\b(basic|bearer|negotiate|ntlm)\s+[A-Za-z0-9+/=._~-]{8,}`)
)

func withoutCredentials(s string) string {
	s = echoedCookies.ReplaceAllString(s, "(cookies left out)")
	return echoedTokens.ReplaceAllStringFunc(s, func(found string) string {
		scheme, token, _ := strings.Cut(found, " ")
		if strings.IndexFunc(token, isTokenRune) < 0 && strings.ToLower(token[1:]) == token[1:] {
			return found // a word: "Basic authentication is off"
		}
		return scheme + " (left out)"
	})
}

// isTokenRune tells what a word of a sentence has not.
func isTokenRune(r rune) bool { return r >= '0' && r <= '9' || strings.ContainsRune("+/=_~", r) }
