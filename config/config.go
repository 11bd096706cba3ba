package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Decode reads the TOML document data into v, a pointer to a struct. Keys that
// the document does not name keep their value. The error is [Problems] with
// everything that is wrong: bad syntax, unknown and repeated keys, wrong types,
// and values outside their range or oneof tag; v then stays as it was. Checks
// across settings are left to [Check].
//
// The name file is only used to say where a problem is.
func Decode(data []byte, file string, v any) error {
	tree := map[string]any{}
	if err := toml.Unmarshal(data, &tree); err != nil {
		return Problems{syntaxProblem(err, file)}
	}
	root, at := target(v), newPlaces(data, file)
	problems := assign("", clone(root), tree, at)
	if len(problems) == 0 {
		assign("", root, tree, at)
	}
	return problems.err()
}

// Set applies assignments such as "ppo.clip=0.1" to v, a pointer to a struct.
// A value is written as in TOML; what is no TOML value is taken as a string, so
// shells need no second pair of quotes. The error is [Problems] as in [Decode];
// v then stays as it was. A key that is assigned twice is a problem.
func Set(v any, assignments []string) error {
	tree := map[string]any{}
	var problems Problems
	for _, a := range assignments {
		path, value, problem := parseAssignment(a)
		if problem == nil && !graft(tree, path, value) {
			problem = &Problem{Key: joinKeys(path), Value: literal(value), Want: "is set more than once"}
		}
		if problem != nil {
			problems = append(problems, *problem)
		}
	}
	root := target(v)
	problems = append(problems, assign("", clone(root), tree, places{})...)
	if len(problems) == 0 {
		assign("", root, tree, places{})
	}
	return problems.err()
}

// SetMap sets the fields of v, a pointer to a struct, from values: the free
// part of a document that [Decode] kept in a map, now that the struct it is
// meant for is known. The result is examined as by [Check]. Messages name the
// keys with the prefix key, as in "env.g". The error is [Problems]; v then
// stays as it was.
func SetMap(v any, key string, values map[string]any) error {
	root := target(v)
	trial := clone(root)
	problems := assign(key, trial, values, places{})
	if len(problems) == 0 {
		problems = examine(key, trial)
	}
	if len(problems) == 0 {
		assign(key, root, values, places{})
	}
	return problems.err()
}

// target returns the struct that v points to.
func target(v any) reflect.Value {
	p := reflect.ValueOf(v)
	if p.Kind() != reflect.Pointer || p.IsNil() || p.Elem().Kind() != reflect.Struct {
		panic("config: settings must be a non-nil pointer to a struct")
	}
	return p.Elem()
}

// source returns the struct v or the one it points to, addressable so that
// methods on pointers are found.
func source(v any) reflect.Value {
	s := reflect.ValueOf(v)
	if s.Kind() != reflect.Struct {
		return target(v)
	}
	copied := reflect.New(s.Type()).Elem()
	copied.Set(s)
	return copied
}

// syntaxProblem turns a parser's error into a problem with its position.
func syntaxProblem(err error, file string) Problem {
	want := strings.TrimPrefix(err.Error(), "toml: ")
	if strings.HasSuffix(want, "at start of value") {
		want += "; text needs quotes"
	}
	p := Problem{Want: want, Where: file}
	var syntax *toml.DecodeError
	if errors.As(err, &syntax) {
		line, column := syntax.Position()
		p.Where = place(file, line) + fmt.Sprintf(":%d", column)
	}
	return p
}

// assigned is a value from the command line: as TOML reads it, and as typed.
type assigned struct {
	value any
	text  string
}

// parseAssignment splits "section.key=value".
func parseAssignment(a string) (path []string, value assigned, problem *Problem) {
	key, text, found := strings.Cut(a, "=")
	if !found {
		return nil, value, &Problem{Key: a, Want: "must be written key=value"}
	}
	path = parseKey(key)
	if path == nil {
		return nil, value, &Problem{Key: a, Want: "must be written key=value, with a key such as section.name"}
	}
	return path, assigned{parseValue(text), text}, nil
}

// parseKey splits a dotted key, or returns nil if it is none.
func parseKey(key string) (path []string) {
	var tree any = map[string]any{}
	if strings.ContainsAny(key, "#\n") || toml.Unmarshal([]byte(key+"=0"), &tree) != nil {
		return nil
	}
	for {
		table, ok := tree.(map[string]any)
		if !ok {
			return path
		}
		for name, below := range table {
			path, tree = append(path, name), below
		}
	}
}

// parseValue reads text as a TOML value, or failing that as a string. Dates
// are no settings, so they are strings here.
func parseValue(text string) any {
	var document map[string]any
	if toml.Unmarshal([]byte("value = "+text), &document) != nil || len(document) != 1 {
		return text
	}
	value := document["value"]
	if kindOf(value) == "a date or time" {
		return text
	}
	return value
}

// graft puts value into the tree at path; it reports whether the place was free.
func graft(tree map[string]any, path []string, value assigned) bool {
	name := path[0]
	if len(path) == 1 {
		_, taken := tree[name]
		if !taken {
			tree[name] = value
		}
		return !taken
	}
	if tree[name] == nil {
		tree[name] = map[string]any{}
	}
	below, ok := tree[name].(map[string]any)
	return ok && graft(below, path[1:], value)
}
