package config

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Check examines settings as a whole: v is a struct or a pointer to one. Every
// number is held against its range tag and every string against its oneof tag;
// then each section, and each setting of its own type, that has a method
// Validate() error is asked. The error is [Problems] with all of it. What
// Validate says about a setting by name, as in "clip = 2: must be below 1" or
// an [errors.Join] of such lines, gets the name of the section in front.
func Check(v any) error {
	return examine("", source(v)).err()
}

// examine checks the struct v, whose key is key.
func examine(key string, v reflect.Value) Problems {
	var c checker
	c.section(key, v)
	return c.problems
}

// checker collects problems on a walk through the sections.
type checker struct{ problems Problems }

// section examines the struct v and all below it.
func (c *checker) section(key string, v reflect.Value) {
	s := sectionOf(v)
	for _, f := range s.fields {
		full := joinKey(key, f.name)
		switch {
		case !f.isSection():
			c.problems = append(c.problems, inspect(full, f)...)
			c.ask(full, f.value, partsOf(f.value))
		case f.value.Kind() == reflect.Struct:
			c.section(full, f.value)
		}
	}
	c.ask(key, v, s)
	for _, m := range s.merged {
		if !m.lent {
			c.ask(key, m.value, s)
		}
	}
}

// ask calls Validate, if v has it, and notes what it says about the section s.
// A setting that is known to be wrong is not mentioned again.
func (c *checker) ask(key string, v reflect.Value, s section) {
	self, ok := as[validator](v)
	if !ok {
		return
	}
	for _, text := range answers(self.Validate()) {
		p := s.attribute(key, text)
		mentioned := func(q Problem) bool { return p.Key != key && p.Key == q.Key }
		if !slices.ContainsFunc(c.problems, mentioned) {
			c.problems = append(c.problems, p)
		}
	}
}

// partsOf returns the table that a setting is written as, if it is.
func partsOf(v reflect.Value) section {
	t, ok := as[tableValue](v)
	if !ok {
		return section{}
	}
	table := reflect.ValueOf(t.ConfigValue())
	if table.Kind() != reflect.Struct || translates(table.Type()) {
		return section{}
	}
	return sectionOf(addressable(table))
}

// answers splits an error into the lines it is made of.
func answers(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(strings.TrimSpace(err.Error()), "\n")
}

// aboutKey matches "name: phrase", "name = value: phrase" and "name phrase".
var aboutKey = regexp.MustCompile(`^([\w-]+)([\w.\[\]-]*)(?: = (.*?))?(: | )(.*)$`)

// attribute turns a line of Validate's answer into a problem with the setting
// that the line begins with, or with the section as a whole.
func (s section) attribute(key, text string) Problem {
	match := aboutKey.FindStringSubmatch(text)
	if match != nil {
		if f, ok := s.find(match[1]); ok {
			return Problem{Key: joinKey(key, f.name) + match[2], Value: match[3], Want: match[5]}
		}
	}
	return Problem{Key: key, Want: text}
}

// inspect holds one setting against its tags.
func inspect(key string, f field) Problems {
	v := f.value
	if r, ok := as[ranger](v); ok {
		return f.inspectBounds(key, r)
	}
	if _, ok := as[tableValue](v); ok {
		return nil
	}
	if t, ok := as[textValue](v); ok {
		text, err := t.MarshalText()
		if err != nil {
			return Problems{{Key: key, Want: phrase(err)}}
		}
		return f.inspectString(key, string(text))
	}
	switch kind := v.Kind(); {
	case kind == reflect.Slice:
		var all Problems
		for i := range v.Len() {
			all = append(all, inspect(indexKey(key, i), f.element(i))...)
		}
		return all
	case kind == reflect.String:
		return f.inspectString(key, v.String())
	case v.Type() == durationType:
		return nil
	case v.CanUint() && v.Uint() > math.MaxInt64:
		return Problems{{Key: key, Value: fmt.Sprint(v.Uint()), Want: wantInteger(v.Type(), false)}}
	case v.CanInt():
		return f.inspectNumber(key, float64(v.Int()))
	case v.CanUint():
		return f.inspectNumber(key, float64(v.Uint()))
	case v.CanFloat():
		return f.inspectNumber(key, v.Float())
	}
	return nil
}

// inspectNumber holds x, the setting's value, against the range tag.
func (f field) inspectNumber(key string, x float64) Problems {
	if math.IsNaN(x) {
		return Problems{{Key: key, Value: "nan", Want: wantNumber}}
	}
	if f.limit == nil || f.limit.contains(x) {
		return nil
	}
	return Problems{{Key: key, Value: literal(f.value.Interface()), Want: f.limit.want(x)}}
}

// inspectBounds holds the smallest and the largest number of a setting against
// the range tag.
func (f field) inspectBounds(key string, r ranger) Problems {
	low, high := r.Bounds()
	if f.limit == nil || f.limit.contains(low) && f.limit.contains(high) {
		return nil
	}
	outside, throughout := low, ""
	if f.limit.contains(low) {
		outside = high
	}
	if low != high {
		throughout = " throughout"
	}
	return Problems{{Key: key, Value: literal(f.value.Interface()), Want: f.limit.want(outside) + throughout}}
}

// inspectString holds text against the oneof tag.
func (f field) inspectString(key, text string) Problems {
	if len(f.oneof) == 0 || slices.Contains(f.oneof, text) {
		return nil
	}
	return Problems{{
		Key:   key,
		Value: literal(text),
		Want:  "must be " + list(f.oneof, "or"),
		Near:  Nearest(text, f.oneof, 1),
	}}
}
