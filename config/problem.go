package config

import (
	"strconv"
	"strings"
)

// Problem is one thing wrong with a setting. The zero value is of no use. It
// is plain data, safe for concurrent reading.
type Problem struct {
	Key   string   // the setting with its section, "ppo.clip"; empty for the document as a whole
	Value string   // what it was given, as TOML; empty if that is not the point
	Want  string   // what it must be, a phrase after the colon
	Near  []string // what may have been meant, best first
	Where string   // "file:line" if known
}

// String is the problem in one line.
func (p Problem) String() string {
	var b strings.Builder
	if p.Where != "" {
		b.WriteString(p.Where + ": ")
	}
	b.WriteString(p.Key)
	if p.Value != "" {
		b.WriteString(" = " + p.Value)
	}
	if p.Key != "" {
		b.WriteString(": ")
	}
	b.WriteString(p.Want)
	if len(p.Near) > 0 {
		b.WriteString("; did you mean " + list(p.Near, "or") + "?")
	}
	return b.String()
}

// Problems is everything wrong with a set of settings, as one error.
type Problems []Problem

// Error has one line per problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].String()
	}
	return strings.Join(lines, "\n")
}

// err returns p as an error, which is nil if there is no problem.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// list joins words as a sentence does: "a, b or c".
func list(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	end := len(words) - 1
	return strings.Join(words[:end], ", ") + " " + last + " " + words[end]
}

// joinKey appends a name to a dotted key.
func joinKey(key, name string) string {
	if !isBare(name) {
		name = quote(name)
	}
	if key == "" {
		return name
	}
	return key + "." + name
}

// joinKeys writes a path as a dotted key.
func joinKeys(path []string) (key string) {
	for _, name := range path {
		key = joinKey(key, name)
	}
	return key
}

// indexKey names an element of the array at key.
func indexKey(key string, i int) string { return key + "[" + strconv.Itoa(i) + "]" }

// isBare reports whether TOML takes name as a key without quotes.
func isBare(name string) bool {
	for _, r := range name {
		if !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_' || r == '-') {
			return false
		}
	}
	return name != ""
}
