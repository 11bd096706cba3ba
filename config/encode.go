package config

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Encode writes all settings of v, a struct or a pointer to one, as a TOML
// document that [Decode] reads back as the same settings: sections in the order
// of the fields, free sections sorted. Above a key or a section stands its help,
// if the map has one under its full name ("ppo.clip"), as a comment. The error
// is [Problems] with the settings that TOML has no value for.
func Encode(v any, help map[string]string) ([]byte, error) {
	e := encoder{help: help}
	e.section("", source(v))
	if len(e.problems) > 0 {
		return nil, e.problems
	}
	return e.out.Bytes(), nil
}

// encoder writes a document.
type encoder struct {
	out      bytes.Buffer
	help     map[string]string
	problems Problems
	begun    bool // the section has settings already
}

// section writes the settings of the struct v, then the sections within it.
func (e *encoder) section(key string, v reflect.Value) {
	s := sectionOf(v)
	isSetting := func(f field) bool { return !f.isSection() }
	onlySections := len(s.fields) > 0 && !slices.ContainsFunc(s.fields, isSetting) && !s.rest.IsValid()
	if key != "" && (!onlySections || e.help[key] != "") {
		e.header(key)
	}
	for _, f := range s.fields {
		if !f.isSection() {
			e.entry(joinKey(key, f.name), f.name, f.value)
		}
	}
	if s.rest.IsValid() {
		e.free(key, s.rest, s)
	}
	for _, f := range s.fields {
		full := joinKey(key, f.name)
		switch {
		case !f.isSection():
		case f.value.Kind() == reflect.Struct:
			e.section(full, f.value)
		case !f.value.IsNil():
			e.header(full)
			e.free(full, f.value, section{})
		}
	}
}

// header begins a section.
func (e *encoder) header(key string) {
	if e.out.Len() > 0 {
		e.out.WriteByte('\n')
	}
	e.comment(key)
	fmt.Fprintf(&e.out, "[%s]\n", key)
	e.begun = false
}

// free writes a map, whose keys must not be those of the section taken.
func (e *encoder) free(key string, m reflect.Value, taken section) {
	entries := m.Interface().(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		full := joinKey(key, name)
		if _, twice := taken.find(name); twice {
			e.problems = append(e.problems, Problem{Key: full, Want: "is set more than once"})
			continue
		}
		value := entries[name]
		e.entry(full, name, reflect.ValueOf(&value).Elem())
	}
}

// entry writes one setting.
func (e *encoder) entry(key, name string, v reflect.Value) {
	text, err := format(v)
	if err != nil {
		e.problems = append(e.problems, Problem{Key: key, Value: literal(v.Interface()), Want: phrase(err)})
		return
	}
	if e.begun && e.help[key] != "" {
		e.out.WriteByte('\n')
	}
	e.comment(key)
	fmt.Fprintf(&e.out, "%s = %s\n", joinKey("", name), text)
	e.begun = true
}

// comment writes the help for key, wrapped.
func (e *encoder) comment(key string) {
	const width = 78
	text := strings.TrimSpace(e.help[key])
	if text == "" {
		return
	}
	for _, paragraph := range strings.Split(text, "\n") {
		line := "#"
		for _, word := range strings.Fields(printable(paragraph)) {
			if utf8.RuneCountInString(line+" "+word) > width && line != "#" {
				fmt.Fprintln(&e.out, line)
				line = "#"
			}
			line += " " + word
		}
		fmt.Fprintln(&e.out, line)
	}
}

// printable replaces what TOML does not allow in a comment.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
}
