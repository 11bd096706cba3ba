// Package config carries settings between plain structs and TOML, strictly:
// what a user writes is either understood completely or refused completely,
// with every problem named in one go.
//
// The rooms that own settings import nothing from here. They tag their fields:
//
//	type PPO struct {
//		Clip   float64 `toml:"clip" range:"(0, 1)"`
//		Epochs int     `toml:"epochs" range:"[1, inf)"`
//		Value  string  `toml:"value" oneof:"plain clipped"`
//	}
//
// # Tags
//
//   - toml:"name" makes an exported field a setting; fields without the tag are
//     none. A struct, or a pointer to one, is a section of its own (a nil
//     pointer is a section that does not exist). toml:",inline", or embedding
//     without a tag, merges a struct's settings into the section around it.
//   - A map[string]any is a free section: any key, any value but dates. Inline,
//     it takes the keys that the section around it does not know.
//   - range:"(0, 1]" bounds a number, every element of a slice, and types with
//     a method Bounds() (low, high float64). Ends may be inf and -inf.
//   - oneof:"tanh relu" lists the allowed strings.
//
// # Kinds of settings
//
// Settings are booleans, integers, floats, strings, time.Duration, slices of
// these, and types that translate themselves: [encoding.TextUnmarshaler] with
// [encoding.TextMarshaler] for values that are a number or a string in TOML,
// and ConfigValue() any with SetConfigValue(any) error for values that may be
// a table as well. SetConfigValue receives bool, string, []any, map[string]any,
// and float64 for every number; ConfigValue may also return a struct with toml
// tags, which is written in the order of its fields. Such types are tried on a
// copy first, so they must replace the slices and maps they hold, not fill them.
//
// Whole floats such as 1e6 are accepted for integers. Integers fit TOML's
// signed 64 bits, in uint64 fields too. NaN is never accepted; infinity is,
// unless a range excludes it. Nil and empty slices are one and the same.
//
// A field that none of this covers, or a malformed tag, is an error in the
// program: the functions of this package panic on it with the field's name.
package config
