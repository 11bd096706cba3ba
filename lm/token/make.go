package token

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Special spells the tokens that are not part of a text. Where it is empty there
// is no such token. The zero value is none at all. A tokenizer that has a Begin puts it
// before every text, see [Tokenizer.Frame]. It is plain data: safe for
// concurrent use while nobody changes it.
type Special struct {
	Begin   string   // begins a text
	End     string   // ends it
	Pad     string   // fills up rows in other programs
	Unknown string   // stands for characters that have no token; useless for bytes
	More    []string // for whatever else
}

// all are the spellings in the order of their numbers.
func (s *Special) all() []string {
	all := append([]string{s.Begin, s.End, s.Pad, s.Unknown}, s.More...)
	return slices.DeleteFunc(all, func(spelling string) bool { return spelling == "" })
}

// Bytes returns a tokenizer with a token for each byte, numbered as the byte is.
// The special tokens follow in the order of their fields.
func Bytes(special Special) (*Tokenizer, error) {
	vocabulary := make(map[string]int32, len(spelling))
	for b, r := range spelling {
		vocabulary[string(r)] = int32(b)
	}
	byteLevel := map[string]any{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}
	return special.assemble(vocabulary, map[string]any{
		"pre_tokenizer": byteLevel,
		"decoder":       byteLevel,
		"model": map[string]any{
			"type": "BPE", "vocab": vocabulary, "merges": []string{}, "unk_token": nil, "dropout": nil,
			"continuing_subword_prefix": nil, "end_of_word_suffix": nil,
			"fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
		},
	})
}

// Characters returns a tokenizer with a token for each character (code point) of
// an alphabet, numbered in its order. The special tokens follow in the order of
// their fields. The error says what is wrong with the alphabet.
func Characters(alphabet string, special Special) (*Tokenizer, error) {
	if alphabet == "" {
		return nil, errors.New("alphabet: must not be empty")
	}
	if !utf8.ValidString(alphabet) {
		return nil, fmt.Errorf("alphabet %q: must be valid UTF-8", alphabet)
	}
	vocabulary := make(map[string]int32, len(alphabet))
	for _, r := range alphabet {
		if _, twice := vocabulary[string(r)]; twice {
			return nil, fmt.Errorf("alphabet: %q is there twice", r)
		}
		vocabulary[string(r)] = int32(len(vocabulary))
	}
	unknown := special.Unknown
	if unknown == "" {
		unknown = "<unk>" // the format wants a name; there is no such token
		if slices.Contains(special.all(), unknown) {
			return nil, fmt.Errorf("special token %q: must be Unknown", unknown)
		}
	}
	return special.assemble(vocabulary, map[string]any{
		"pre_tokenizer": map[string]any{
			"type": "Split", "pattern": map[string]any{"Regex": eachCharacter}, "behavior": "Isolated", "invert": false,
		},
		"decoder": map[string]any{"type": "Fuse"},
		"model":   map[string]any{"type": "WordLevel", "vocab": vocabulary, "unk_token": unknown},
	})
}

// assemble completes both files, to which it adds the special tokens, and reads
// them.
func (s *Special) assemble(vocabulary map[string]int32, file map[string]any) (*Tokenizer, error) {
	tokens := []map[string]any{}
	for _, spelling := range s.all() {
		if !utf8.ValidString(spelling) {
			return nil, fmt.Errorf("special token %q: must be valid UTF-8", spelling)
		}
		if _, twice := vocabulary[spelling]; twice {
			return nil, fmt.Errorf("special token %q: is there before", spelling)
		}
		id := int32(len(vocabulary))
		vocabulary[spelling] = id
		tokens = append(tokens, map[string]any{
			"id": id, "content": spelling, "special": true,
			"single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
		})
	}
	file["added_tokens"] = tokens
	for name, value := range map[string]any{
		"version": "1.0", "truncation": nil, "padding": nil, "normalizer": nil, "post_processor": s.template(vocabulary),
	} {
		file[name] = value
	}
	settings := map[string]any{"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": false}
	for name, spelling := range map[string]string{
		"bos_token": s.Begin, "eos_token": s.End, "pad_token": s.Pad, "unk_token": s.Unknown,
	} {
		settings[name] = nil
		if spelling != "" {
			settings[name] = spelling
		}
	}
	return Read(marshal(file), marshal(settings))
}

// template is the post-processor that puts Begin before a text, so that other programs
// do so too; nil without a Begin.
func (s *Special) template(vocabulary map[string]int32) any {
	if s.Begin == "" {
		return nil
	}
	special := func(typ int) any {
		return map[string]any{"SpecialToken": map[string]any{"id": s.Begin, "type_id": typ}}
	}
	text := func(id string, typ int) any {
		return map[string]any{"Sequence": map[string]any{"id": id, "type_id": typ}}
	}
	return map[string]any{
		"type":   "TemplateProcessing",
		"single": []any{special(0), text("A", 0)},
		"pair":   []any{special(0), text("A", 0), special(1), text("B", 1)},
		"special_tokens": map[string]any{
			s.Begin: map[string]any{"id": s.Begin, "ids": []int32{vocabulary[s.Begin]}, "tokens": []string{s.Begin}},
		},
	}
}

// marshal writes JSON as people would: "<eos>" is not escaped.
func marshal(v any) []byte {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		panic("token: " + err.Error()) // maps of strings and numbers can be written
	}
	return text.Bytes()
}
