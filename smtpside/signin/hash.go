package signin

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

// What a hash in the users file may cost; a higher one is a mistake or an attack on us.
const (
	maxBcryptCost    = 15
	maxArgonMemory   = 256 << 10 // KiB
	maxArgonTime     = 16
	maxArgonThreads  = 16
	minArgonHash     = 16
	maxArgonHash     = 64
	maxPasswordBytes = 1024
)

// What HashPassword makes: the second recommendation of OWASP's cheat sheet, 19 MiB and two passes.
const (
	ownArgonMemory = 19 << 10 // KiB
	ownArgonTime   = 2
	ownArgonHash   = 32
	ownArgonSalt   = 16
)

var (
	errHashKind = errors.New("a hash starts with $2a$, $2b$, $2y$ or $argon2id$")
	errArgon    = errors.New("an argon2id hash is $argon2id$v=19$m=…,t=…,p=…$salt$hash")
)

// A passwordHash is what a password is checked against, in time that does not depend on how wrong it is.
type passwordHash interface{ matches(password string) bool }

// parseHash reads a hash and checks what it would cost.
func parseHash(s string) (passwordHash, error) {
	switch {
	case strings.HasPrefix(s, "$2a$"), strings.HasPrefix(s, "$2b$"), strings.HasPrefix(s, "$2y$"):
		return parseBcrypt(s)
	case strings.HasPrefix(s, "$argon2id$"):
		return parseArgon(s)
	}
	return nil, errHashKind
}

type bcryptHash []byte

func parseBcrypt(s string) (passwordHash, error) {
	cost, err := bcrypt.Cost([]byte(s))
	switch {
	case err != nil:
		return nil, err
	case len(s) != 60:
		return nil, errors.New("a bcrypt hash has 60 characters")
	case cost > maxBcryptCost:
		return nil, fmt.Errorf("a bcrypt cost of %d is too much, at most %d", cost, maxBcryptCost)
	}
	return bcryptHash(s), nil
}

// matches cuts the password as other implementations do: bcrypt knows no more than 72 octets.
func (h bcryptHash) matches(password string) bool {
	return bcrypt.CompareHashAndPassword(h, []byte(password[:min(len(password), 72)])) == nil
}

type argonHash struct {
	memory, time uint32
	threads      uint8
	salt, hash   []byte
}

func parseArgon(s string) (passwordHash, error) {
	parts := strings.Split(s, "$") // "", argon2id, v=19, m=…, salt, hash
	if len(parts) != 6 || parts[2] != "v=19" {
		return nil, errArgon
	}
	var h argonHash
	if _, err := fmt.Sscanf(parts[3]+"\n", "m=%d,t=%d,p=%d\n", &h.memory, &h.time, &h.threads); err != nil {
		return nil, fmt.Errorf("%w: %w", errArgon, err)
	}
	var err1, err2 error
	h.salt, err1 = base64.RawStdEncoding.DecodeString(parts[4])
	h.hash, err2 = base64.RawStdEncoding.DecodeString(parts[5])
	switch {
	case err1 != nil || err2 != nil:
		return nil, fmt.Errorf("%w: %w", errArgon, errors.Join(err1, err2))
	case h.memory < 8 || h.memory > maxArgonMemory || h.time < 1 || h.time > maxArgonTime || h.threads < 1 || h.threads > maxArgonThreads:
		return nil, fmt.Errorf("%w: m is 8 to %d, t 1 to %d, p 1 to %d", errArgon, maxArgonMemory, maxArgonTime, maxArgonThreads)
	case len(h.salt) < 8 || len(h.hash) < minArgonHash || len(h.hash) > maxArgonHash:
		return nil, fmt.Errorf("%w: salt or hash is too short or too long", errArgon)
	}
	return h, nil
}

func (h argonHash) matches(password string) bool {
	password = password[:min(len(password), maxPasswordBytes)]
	got := argon2.IDKey([]byte(password), h.salt, h.time, h.memory, h.threads, uint32(len(h.hash)))
	return subtle.ConstantTimeCompare(got, h.hash) == 1
}

// dummyHash returns a hash of the kind that the file mostly has, which no password is likely to match.
func dummyHash(hashes map[string]passwordHash) passwordHash {
	kinds := make(map[string]int)
	best := ""
	samples := make(map[string]passwordHash)
	for _, h := range hashes {
		kind := costOf(h)
		samples[kind] = h
		if kinds[kind]++; kinds[kind] > kinds[best] {
			best = kind
		}
	}
	if h, ok := samples[best]; ok {
		return h
	}
	return argonHash{memory: ownArgonMemory, time: ownArgonTime, threads: 1, salt: make([]byte, ownArgonSalt), hash: make([]byte, ownArgonHash)}
}

// costOf names a kind of hash with its cost.
func costOf(h passwordHash) string {
	switch h := h.(type) {
	case bcryptHash:
		return string(h[:7])
	case argonHash:
		return fmt.Sprintf("argon2id %d %d %d", h.memory, h.time, h.threads)
	}
	return ""
}

// HashPassword makes an argon2id hash for a users file.
func HashPassword(password string) (string, error) {
	if password == "" || len(password) > maxPasswordBytes {
		return "", fmt.Errorf("signin: a password has 1 to %d octets", maxPasswordBytes)
	}
	salt := make([]byte, ownArgonSalt)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("signin: salt: %w", err)
	}
	hash := argon2.IDKey([]byte(password), salt, ownArgonTime, ownArgonMemory, 1, ownArgonHash)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, ownArgonMemory, ownArgonTime,
		b64.EncodeToString(salt), b64.EncodeToString(hash)), nil
}
