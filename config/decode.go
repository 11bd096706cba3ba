package config

import (
	"maps"
	"reflect"
	"slices"
)

// decoder assigns a tree of TOML values to a struct and collects what does not fit.
type decoder struct {
	root     reflect.Value // the struct as a whole, to find what an unknown key may have meant
	prefix   string        // the key of root
	places   places
	problems Problems
}

// assign gives the struct root, whose key is prefix, the values of tree and
// returns what does not fit. Callers try it on a copy first, so that a struct
// changes only if nothing is wrong.
func assign(prefix string, root reflect.Value, tree map[string]any, at places) Problems {
	d := decoder{root: root, prefix: prefix, places: at}
	d.table(prefix, root, tree)
	slices.SortStableFunc(d.problems, func(a, b Problem) int { return at.lineOf(a.Key) - at.lineOf(b.Key) })
	return d.problems
}

// refuse notes that the setting key must not be given the value in.
func (d *decoder) refuse(key string, in any, want string) {
	d.problems = append(d.problems, Problem{Key: key, Value: literal(in), Want: want, Where: d.places.of(key)})
}

// table assigns the entries of in to the struct v, whose key is key.
func (d *decoder) table(key string, v reflect.Value, in map[string]any) {
	s := sectionOf(v)
	rest := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(in)) {
		if f, ok := s.find(name); ok {
			d.field(joinKey(key, name), f, in[name])
		} else if s.rest.IsValid() {
			rest[name] = in[name]
		} else {
			d.unknown(joinKey(key, name), s, in[name])
		}
	}
	if len(rest) > 0 {
		d.free(key, s.rest, rest)
	}
}

// field assigns in to one field, which may be a section.
func (d *decoder) field(key string, f field, in any) {
	if !f.isSection() {
		d.setting(key, f, in)
		return
	}
	entries, isTable := unwrap(in).(map[string]any)
	isFree := f.value.Type() == freeType
	switch {
	case isTable && isFree:
		d.free(key, f.value, entries)
	case isTable:
		d.table(key, f.value, entries)
	case isFree:
		d.refuse(key, in, "must be a section")
	default:
		d.refuse(key, in, "must be a section; "+known(sectionOf(f.value)))
	}
}

// free adds entries to a copy of the map in m: others may share the old one.
func (d *decoder) free(key string, m reflect.Value, entries map[string]any) {
	all := map[string]any{}
	maps.Copy(all, m.Interface().(map[string]any))
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		value, want := plain(entries[name])
		if want != "" {
			d.refuse(joinKey(key, name), entries[name], want)
		}
		all[name] = value
	}
	m.Set(reflect.ValueOf(all))
}

// unknown notes a key that s does not have.
func (d *decoder) unknown(key string, s section, in any) {
	where := d.places.of(key)
	for entries, ok := unwrap(in).(map[string]any); ok && len(entries) == 1; entries, ok = unwrap(in).(map[string]any) {
		for name, below := range entries {
			key, in = joinKey(key, name), below
		}
	}
	p := Problem{Key: key, Want: "unknown key", Where: where, Near: nearKeys(key, keys(d.prefix, d.root))}
	if len(p.Near) == 0 {
		p.Want += "; " + known(s)
	}
	d.problems = append(d.problems, p)
}

// known says what may be set in a section.
func known(s section) string {
	if len(s.fields) == 0 {
		return "there is nothing to set here"
	}
	return "known here: " + list(s.names(), "and")
}

// setting gives the setting f the value in.
func (d *decoder) setting(key string, f field, in any) {
	value, want := plain(in)
	if typed, ok := in.(assigned); ok && want == "" && takesText(f.value) {
		if _, quoted := value.(string); !quoted {
			value = typed.text
		}
	}
	if want == "" {
		if elements, ok := value.([]any); ok && f.value.Kind() == reflect.Slice && !translates(f.value.Type()) {
			d.elements(key, f, elements)
			return
		}
		want = convert(f.value, value)
	}
	if want != "" {
		d.refuse(key, in, want)
		return
	}
	for _, p := range inspect(key, f) {
		p.Where = d.places.of(key)
		d.problems = append(d.problems, p)
	}
}

// takesText reports whether v wants a value as the user typed it.
func takesText(v reflect.Value) bool {
	if implements[tableValue](v.Type()) {
		return false
	}
	return implements[textValue](v.Type()) || v.Kind() == reflect.String
}

// elements gives the slice f new elements.
func (d *decoder) elements(key string, f field, in []any) {
	f.value.Set(reflect.MakeSlice(f.value.Type(), len(in), len(in)))
	for i := range in {
		d.setting(indexKey(key, i), f.element(i), in[i])
	}
}
