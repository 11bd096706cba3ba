package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// literal writes a value as TOML on one line for a message, which shows only
// the beginning of long ones.
func literal(in any) string {
	const longest = 60
	text, err := formatAny(in)
	if err != nil && text == "" {
		text = strings.Join(strings.Fields(fmt.Sprint(in)), " ")
	}
	if runes := []rune(text); len(runes) > longest {
		text = string(runes[:longest]) + "…"
	}
	return text
}

// addressable returns v itself or a copy, so that methods on pointers are found.
func addressable(v reflect.Value) reflect.Value {
	if v.CanAddr() {
		return v
	}
	copied := reflect.New(v.Type()).Elem()
	copied.Set(v)
	return copied
}

// format writes the setting v as a TOML value. The error says, as a phrase,
// why the setting cannot have this value, which the text may still show.
func format(v reflect.Value) (string, error) {
	if v.Kind() == reflect.Interface {
		inner := reflect.ValueOf(unwrap(v.Interface()))
		if !inner.IsValid() {
			return "nothing", errors.New(wantValue)
		}
		return format(addressable(inner))
	}
	if t, ok := as[tableValue](v); ok {
		return formatAny(t.ConfigValue())
	}
	if t, ok := as[textValue](v); ok {
		return formatText(v.Type(), t)
	}
	if v.Type() == durationType {
		return quote(time.Duration(v.Int()).String()), nil
	}
	switch kind := v.Kind(); {
	case kind == reflect.Bool:
		return strconv.FormatBool(v.Bool()), nil
	case kind == reflect.String:
		return formatString(v.String())
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10), nil
	case v.CanUint():
		if v.Uint() > math.MaxInt64 {
			return "", errors.New(wantInteger(v.Type(), false))
		}
		return strconv.FormatUint(v.Uint(), 10), nil
	case v.CanFloat():
		if math.IsNaN(v.Float()) {
			return "nan", errors.New(wantNumber)
		}
		return formatFloat(v.Float(), v.Type().Bits()), nil
	case kind == reflect.Slice:
		return formatArray(v)
	case kind == reflect.Map && v.Type().Key().Kind() == reflect.String:
		return formatMap(v)
	case kind == reflect.Struct:
		return formatStruct(v)
	}
	return "", errors.New(wantValue)
}

// formatAny writes a value whose type is known only now.
func formatAny(in any) (string, error) {
	return format(reflect.ValueOf(&in).Elem())
}

// formatText writes text as a bare number if it reads back as the same text
// that way, as a string otherwise.
func formatText(typ reflect.Type, t textValue) (string, error) {
	text, err := t.MarshalText()
	if err != nil {
		return "", errors.New(phrase(err))
	}
	if number, ok := bareNumber(string(text)); ok {
		again := reflect.New(typ).Interface().(textValue)
		if again.UnmarshalText([]byte(number)) == nil {
			if back, err := again.MarshalText(); err == nil && bytes.Equal(back, text) {
				return number, nil
			}
		}
	}
	return formatString(string(text))
}

// bareNumber reads text as a finite number and writes it as TOML.
func bareNumber(text string) (number string, ok bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return strconv.FormatInt(n, 10), true
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return "", false
	}
	return formatFloat(x, 64), true
}

// formatFloat writes x as the shortest TOML float that reads back as x, as a
// plain decimal where that is easy to read and in powers of ten elsewhere.
func formatFloat(x float64, bits int) string {
	switch {
	case math.IsInf(x, 1):
		return "inf"
	case math.IsInf(x, -1):
		return "-inf"
	}
	plain := strconv.FormatFloat(x, 'f', -1, bits)
	if !strings.Contains(plain, ".") {
		plain += ".0"
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(x, 'e', -1, bits), "e")
	power, _ := strconv.Atoi(exponent)
	short := mantissa + "e" + strconv.Itoa(power)
	if -3 <= power && power < 6 || len(plain) <= len(short) {
		return plain
	}
	return short
}

// formatString writes text in quotes.
func formatString(s string) (string, error) {
	if !utf8.ValidString(s) {
		return strconv.Quote(s), errors.New("must be valid UTF-8")
	}
	return quote(s), nil
}

// quote writes text as a basic string. JSON's escapes are TOML's too, except
// that TOML wants one for the delete character.
func quote(s string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		panic("config: a string has no JSON form")
	}
	return strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), "\x7f", `\u007F`)
}

// formatArray writes a slice on one line.
func formatArray(v reflect.Value) (string, error) {
	elements := make([]string, v.Len())
	problems := make([]error, v.Len())
	for i := range elements {
		elements[i], problems[i] = format(v.Index(i))
	}
	return "[" + strings.Join(elements, ", ") + "]", errors.Join(problems...)
}

// formatMap writes an inline table sorted by its keys.
func formatMap(v reflect.Value) (string, error) {
	entries := map[string]reflect.Value{}
	for name, value := range v.Seq2() {
		entries[name.String()] = addressable(value)
	}
	return formatTable(slices.Sorted(maps.Keys(entries)), func(name string) reflect.Value { return entries[name] })
}

// formatStruct writes an inline table in the order of the fields.
func formatStruct(v reflect.Value) (string, error) {
	s := sectionOf(v)
	var names []string
	for _, f := range s.fields {
		names = append(names, f.name)
	}
	return formatTable(names, func(name string) reflect.Value {
		f, _ := s.find(name)
		return f.value
	})
}

// formatTable writes an inline table.
func formatTable(names []string, value func(name string) reflect.Value) (string, error) {
	if len(names) == 0 {
		return "{}", nil
	}
	entries := make([]string, len(names))
	problems := make([]error, len(names))
	for i, name := range names {
		text, err := format(value(name))
		entries[i], problems[i] = joinKey("", name)+" = "+text, err
	}
	return "{ " + strings.Join(entries, ", ") + " }", errors.Join(problems...)
}
