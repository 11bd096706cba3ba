package config

import (
	"encoding"
	"reflect"
	"strings"
	"time"
)

// section is a struct seen as settings.
type section struct {
	fields []field
	rest   reflect.Value // map[string]any for every other key; invalid if there is none
	merged []merged
}

// merged is a struct whose settings became those of the section around it.
type merged struct {
	value reflect.Value
	lent  bool // embedded in a struct with Validate, which is then the one to ask
}

// field is a setting or a section within a section.
type field struct {
	name  string
	value reflect.Value // addressable
	limit *interval     // from the range tag
	oneof []string
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	freeType     = reflect.TypeFor[map[string]any]()
)

// sectionOf lists the settings of the struct v in the order of its fields.
func sectionOf(v reflect.Value) section {
	var s section
	s.collect(v)
	seen := map[string]bool{}
	for _, f := range s.fields {
		if seen[f.name] {
			panic("config: two fields of " + v.Type().String() + " are called " + f.name)
		}
		seen[f.name] = true
	}
	return s
}

// collect appends the settings of the struct v.
func (s *section) collect(v reflect.Value) {
	for i := range v.NumField() {
		described := v.Type().Field(i)
		name, inline, isSetting := readTag(v.Type(), described)
		if !isSetting {
			continue
		}
		value := v.Field(i)
		if pointsToStruct(value) {
			if value.IsNil() {
				continue
			}
			value = value.Elem()
		}
		switch {
		case !inline:
			s.fields = append(s.fields, newField(v.Type(), name, value, described))
		case value.Type() == freeType:
			s.rest = value
		case value.Kind() == reflect.Struct:
			lent := described.Anonymous && implements[validator](v.Type())
			s.merged = append(s.merged, merged{value, lent})
			s.collect(value)
		default:
			panic("config: " + nameOf(v.Type(), described) + " cannot be inline")
		}
	}
}

// readTag reads the toml tag of a field: the name of its setting, or that it
// is merged into the section around it.
func readTag(owner reflect.Type, f reflect.StructField) (name string, inline, isSetting bool) {
	tag, tagged := f.Tag.Lookup("toml")
	switch {
	case !f.IsExported() || tag == "-" || !tagged && !f.Anonymous:
		return "", false, false
	case tag == ",inline" || !tagged:
		return "", true, true
	case tag == "" || strings.Contains(tag, ","):
		panic("config: toml tag of " + nameOf(owner, f) + " is malformed")
	}
	return tag, false, true
}

// nameOf names a field in messages to the programmer.
func nameOf(owner reflect.Type, f reflect.StructField) string {
	return owner.String() + "." + f.Name
}

// pointsToStruct reports whether v is a pointer to a struct, nil or not.
func pointsToStruct(v reflect.Value) bool {
	return v.Kind() == reflect.Pointer && v.Type().Elem().Kind() == reflect.Struct
}

// newField reads the tags of the setting or section called name.
func newField(owner reflect.Type, name string, value reflect.Value, described reflect.StructField) field {
	f := field{name: name, value: value}
	if !f.isSection() && !supported(value.Type()) {
		panic("config: " + nameOf(owner, described) + " has a type that is no setting")
	}
	if tag, ok := described.Tag.Lookup("range"); ok {
		limit, valid := parseInterval(tag)
		if !valid || !bounded(value.Type()) {
			panic("config: range tag of " + nameOf(owner, described) + " is malformed or has no number to bound")
		}
		f.limit = &limit
	}
	f.oneof = strings.Fields(described.Tag.Get("oneof"))
	return f
}

// isSection reports whether f is a table of settings rather than one setting.
func (f field) isSection() bool {
	if f.value.Type() == freeType {
		return true
	}
	return f.value.Kind() == reflect.Struct && !translates(f.value.Type())
}

// find returns the field of the given name.
func (s section) find(name string) (f field, ok bool) {
	for _, f := range s.fields {
		if f.name == name {
			return f, true
		}
	}
	return f, false
}

// element is the i-th element of the slice f, under the same tags.
func (f field) element(i int) field {
	f.value = f.value.Index(i)
	return f
}

// names lists what may be set in s.
func (s section) names() []string {
	names := make([]string, len(s.fields))
	for i, f := range s.fields {
		names[i] = joinKey("", f.name)
	}
	return names
}

// tableValue is implemented by settings that may be tables.
type tableValue interface {
	ConfigValue() any
	SetConfigValue(any) error
}

// textValue is implemented by settings that are written as text.
type textValue interface {
	encoding.TextMarshaler
	encoding.TextUnmarshaler
}

// ranger is implemented by settings made of more than one number.
type ranger interface {
	Bounds() (low, high float64)
}

// validator is implemented by sections and settings with checks of their own.
type validator interface{ Validate() error }

// as returns the addressable v as one of the interfaces above, if it is that.
func as[T any](v reflect.Value) (T, bool) {
	t, ok := v.Addr().Interface().(T)
	return t, ok
}

// implements reports whether addressable values of type t are a T.
func implements[T any](t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[T]())
}

// translates reports whether values of type t turn themselves into TOML.
func translates(t reflect.Type) bool {
	return implements[tableValue](t) || implements[textValue](t)
}

// supported reports whether t is a type of settings.
func supported(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Bool, reflect.String:
		return true
	case reflect.Slice:
		return translates(t) || supported(t.Elem())
	}
	return translates(t) || isNumber(t)
}

// bounded reports whether a range tag means something for t.
func bounded(t reflect.Type) bool {
	if t.Kind() == reflect.Slice && !implements[ranger](t) {
		return bounded(t.Elem())
	}
	return implements[ranger](t) || isNumber(t) && t != durationType
}

// isNumber reports whether t is an integer or a float.
func isNumber(t reflect.Type) bool {
	return isInteger(t.Kind()) || t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64
}

// isInteger reports whether k is signed or unsigned integers.
func isInteger(k reflect.Kind) bool {
	return reflect.Int <= k && k <= reflect.Uint64
}

// clone copies the struct v and every section it points to.
func clone(v reflect.Value) reflect.Value {
	copied := reflect.New(v.Type()).Elem()
	copied.Set(v)
	for i := range copied.NumField() {
		f := copied.Field(i)
		_, _, isSetting := readTag(v.Type(), v.Type().Field(i))
		switch {
		case !isSetting:
		case f.Kind() == reflect.Struct:
			f.Set(clone(f))
		case pointsToStruct(f) && !f.IsNil():
			f.Set(clone(f.Elem()).Addr())
		}
	}
	return copied
}

// keys lists every setting below the struct v, and every section, in order.
func keys(prefix string, v reflect.Value) (all []string) {
	for _, f := range sectionOf(v).fields {
		key := joinKey(prefix, f.name)
		all = append(all, key)
		if f.isSection() && f.value.Kind() == reflect.Struct {
			all = append(all, keys(key, f.value)...)
		}
	}
	return all
}

// Keys lists every setting of the struct v, or of the one it points to, in
// order and with sections before their own settings: "ppo", "ppo.clip", …
func Keys(v any) []string { return keys("", source(v)) }
