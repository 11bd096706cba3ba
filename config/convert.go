package config

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// convert stores a plain value in the setting v, or says what it must be instead.
func convert(v reflect.Value, in any) (want string) {
	if t, ok := as[tableValue](v); ok {
		return phrase(t.SetConfigValue(floats(in)))
	}
	if t, ok := as[textValue](v); ok {
		return convertText(t, in)
	}
	if v.Type() == durationType {
		return convertDuration(v, in)
	}
	switch kind := v.Kind(); {
	case kind == reflect.Bool:
		if b, ok := in.(bool); ok {
			v.SetBool(b)
			return ""
		}
		return "must be true or false, not " + kindOf(in)
	case kind == reflect.String:
		if s, ok := in.(string); ok {
			v.SetString(s)
			return ""
		}
		return "must be a string, not " + kindOf(in)
	case isInteger(kind):
		return convertInteger(v, in)
	case kind == reflect.Slice:
		return wantArray(in)
	}
	return convertFloat(v, in)
}

// wantArray asks for an array, and shows how to write one of a single number.
func wantArray(in any) string {
	switch in.(type) {
	case int64, float64:
		return "must be an array, such as [" + literal(in) + "]"
	}
	return "must be an array, not " + kindOf(in)
}

// convertText hands a string, or a number as text, to a type that parses it.
func convertText(t textValue, in any) (want string) {
	switch x := in.(type) {
	case string:
		return phrase(t.UnmarshalText([]byte(x)))
	case int64, float64:
		return phrase(t.UnmarshalText([]byte(literal(x))))
	}
	return "must be a number or a string, not " + kindOf(in)
}

// convertDuration reads text such as "1m30s".
func convertDuration(v reflect.Value, in any) (want string) {
	text, _ := in.(string)
	duration, err := time.ParseDuration(text)
	if err != nil {
		return `must be a duration such as "90s" or "1h30m"`
	}
	v.SetInt(int64(duration))
	return ""
}

// convertInteger stores a whole number that both TOML and v can hold.
func convertInteger(v reflect.Value, in any) (want string) {
	var n int64
	switch x := in.(type) {
	case int64:
		n = x
	case float64:
		switch {
		case x != math.Trunc(x):
			return "must be a whole number"
		case math.Abs(x) >= 1<<63:
			return wantInteger(v.Type(), x < 0)
		}
		n = int64(x)
	case string:
		if _, err := strconv.ParseInt(x, 10, 64); errors.Is(err, strconv.ErrRange) {
			return wantInteger(v.Type(), strings.HasPrefix(x, "-"))
		}
		return "must be a whole number, not a string"
	default:
		return "must be a whole number, not " + kindOf(in)
	}
	switch {
	case v.CanInt() && !v.OverflowInt(n):
		v.SetInt(n)
		return ""
	case v.CanUint() && n >= 0 && !v.OverflowUint(uint64(n)):
		v.SetUint(uint64(n))
		return ""
	}
	return wantInteger(v.Type(), n < 0)
}

// wantInteger names the bound of type t that a number is below or above.
func wantInteger(t reflect.Type, below bool) string {
	unsigned := t.Kind() >= reflect.Uint
	switch {
	case below && unsigned:
		return "must be at least 0"
	case below:
		return fmt.Sprintf("must be at least %d", int64(-1)<<(t.Bits()-1))
	case unsigned:
		return fmt.Sprintf("must be at most %d", min(uint64(1)<<t.Bits()-1, math.MaxInt64))
	}
	return fmt.Sprintf("must be at most %d", uint64(1)<<(t.Bits()-1)-1)
}

// convertFloat stores a number.
func convertFloat(v reflect.Value, in any) (want string) {
	switch x := in.(type) {
	case int64:
		v.SetFloat(float64(x))
	case float64:
		if v.OverflowFloat(x) {
			return "must be in [-3.4e38, 3.4e38]"
		}
		v.SetFloat(x)
	default:
		return "must be a number, not " + kindOf(in)
	}
	return ""
}

const (
	wantNumber = "must be a number, which nan is not"
	wantValue  = "must be a value that TOML has"
)

// phrase makes one line of an error.
func phrase(err error) string {
	if err == nil {
		return ""
	}
	return strings.ReplaceAll(cmp.Or(err.Error(), "is not accepted"), "\n", "; ")
}

// unwrap returns the value of an assignment.
func unwrap(in any) any {
	if a, ok := in.(assigned); ok {
		return a.value
	}
	return in
}

// plain brings a value into the few types that a TOML value has here: bool,
// int64, float64, string, []any, map[string]any. It says what is wrong with
// values that no setting may have.
func plain(in any) (value any, want string) {
	in = unwrap(in)
	switch v := reflect.ValueOf(in); {
	case kindOf(in) == "a date or time":
		return nil, "must not be a date or time; text needs quotes"
	case v.Kind() == reflect.Bool:
		return v.Bool(), ""
	case v.Kind() == reflect.String:
		return v.String(), ""
	case v.CanInt():
		return v.Int(), ""
	case v.CanUint() && v.Uint() <= math.MaxInt64:
		return int64(v.Uint()), ""
	case v.CanFloat() && !math.IsNaN(v.Float()):
		return v.Float(), ""
	case v.CanFloat():
		return nil, wantNumber
	case v.Kind() == reflect.Slice:
		return plainArray(v)
	case v.Kind() == reflect.Map && v.Type().Key().Kind() == reflect.String:
		return plainTable(v)
	}
	return nil, wantValue
}

func plainArray(v reflect.Value) (value any, want string) {
	array := make([]any, v.Len())
	for i := range array {
		if array[i], want = plain(v.Index(i).Interface()); want != "" {
			return nil, want
		}
	}
	return array, ""
}

func plainTable(v reflect.Value) (value any, want string) {
	table := map[string]any{}
	for name, entry := range v.Seq2() {
		if table[name.String()], want = plain(entry.Interface()); want != "" {
			return nil, want
		}
	}
	return table, ""
}

// floats turns every integer within a plain value into a float.
func floats(in any) any {
	switch x := in.(type) {
	case int64:
		return float64(x)
	case []any:
		for i := range x {
			x[i] = floats(x[i])
		}
	case map[string]any:
		for name := range x {
			x[name] = floats(x[name])
		}
	}
	return in
}

// kindOf names the kind of a value for a message.
func kindOf(in any) string {
	switch unwrap(in).(type) {
	case bool:
		return "a boolean"
	case int64, float64:
		return "a number"
	case string:
		return "a string"
	case []any:
		return "an array"
	case map[string]any:
		return "a table"
	case toml.LocalDate, toml.LocalTime, toml.LocalDateTime, time.Time:
		return "a date or time"
	}
	return "nothing"
}
