package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/proximal-rl/proximal/config"
)

// description is tokenizer.json, as far as it matters here.
type description struct {
	Added         []added `json:"added_tokens"`
	Normalizer    *step   `json:"normalizer"`
	PreTokenizer  *step   `json:"pre_tokenizer"`
	PostProcessor *step   `json:"post_processor"`
	Decoder       *step   `json:"decoder"`
	Model         model   `json:"model"`
}

// step is one step of the way to tokens or back, or a sequence of steps.
type step struct {
	Type string `json:"type"`

	// Sequence, under a name for each kind.
	Normalizers   []step `json:"normalizers"`
	PreTokenizers []step `json:"pretokenizers"`
	Processors    []step `json:"processors"`
	Decoders      []step `json:"decoders"`

	// ByteLevel.
	AddPrefixSpace bool  `json:"add_prefix_space"`
	UseRegex       *bool `json:"use_regex"`

	// Digits and Split.
	IndividualDigits bool     `json:"individual_digits"`
	Pattern          *pattern `json:"pattern"`
	Behavior         string   `json:"behavior"`
	Invert           bool     `json:"invert"`

	// TemplateProcessing.
	Single  []templatePart            `json:"single"`
	Special map[string]templateTokens `json:"special_tokens"`
}

type (
	pattern struct {
		Regex  *string `json:"Regex"`
		String *string `json:"String"`
	}
	templatePart struct {
		Special  *struct{ ID string } `json:"SpecialToken"`
		Sequence *struct{ ID string } `json:"Sequence"`
	}
	templateTokens struct {
		IDs []int32 `json:"ids"`
	}
)

// model is how pieces of text become tokens.
type model struct {
	Type         string           `json:"type"`
	Vocabulary   map[string]int32 `json:"vocab"`
	Merges       []mergeRule      `json:"merges"`
	Dropout      float64          `json:"dropout"`
	Unknown      string           `json:"unk_token"`
	Prefix       string           `json:"continuing_subword_prefix"`
	Suffix       string           `json:"end_of_word_suffix"`
	FuseUnknown  bool             `json:"fuse_unk"`
	ByteFallback bool             `json:"byte_fallback"`
	IgnoreMerges bool             `json:"ignore_merges"`
}

// mergeRule is two tokens, written as a list or, formerly, with a space between.
type mergeRule [2]string

// UnmarshalJSON reads both spellings.
func (m *mergeRule) UnmarshalJSON(text []byte) error {
	if text[0] == '[' {
		var parts []string
		if err := json.Unmarshal(text, &parts); err != nil {
			return err
		}
		if len(parts) != 2 {
			return fmt.Errorf("model.merges: %s: must be two tokens", text)
		}
		*m = mergeRule(parts)
		return nil
	}
	var both string
	if err := json.Unmarshal(text, &both); err != nil {
		return err
	}
	left, right, ok := strings.Cut(both, " ")
	if !ok || strings.Contains(right, " ") {
		return fmt.Errorf("model.merges: %q: must be two tokens with a space between", both)
	}
	*m = mergeRule{left, right}
	return nil
}

// steps is the sequence of steps that s stands for.
func (s *step) steps() []step {
	if s == nil {
		return nil
	}
	if s.Type != "Sequence" {
		return []step{*s}
	}
	var all []step
	for _, list := range [][]step{s.Normalizers, s.PreTokenizers, s.Processors, s.Decoders} {
		for i := range list {
			all = append(all, list[i].steps()...)
		}
	}
	return all
}

// composes reports whether the text is brought to NFC first.
func (d *description) composes() (bool, error) {
	steps := d.Normalizer.steps()
	for _, s := range steps {
		if s.Type != "NFC" {
			return false, fmt.Errorf("normalizer: %w", config.Unknown("type", s.Type, []string{"NFC", "Sequence"}))
		}
	}
	return len(steps) > 0, nil
}

// splitters are the pre-tokenizers by what steps writes for them.
var splitters = map[string]splitter{
	"ByteLevel":                              whole,
	"ByteLevel with regex":                   gpt2,
	"Digits, ByteLevel with regex":           smolLM,
	"Split " + gpt2Pattern + ", ByteLevel":   gpt2,
	"Split " + llama3Pattern + ", ByteLevel": llama3,
	"Split " + qwen2Pattern + ", ByteLevel":  qwen2,
}

// splitter returns how the text is split; nil stands for single characters.
func (d *description) splitter() (splitter, error) {
	var names []string
	for _, s := range d.PreTokenizer.steps() {
		name, err := s.splits()
		if err != nil {
			return nil, fmt.Errorf("pre_tokenizer.%w", err)
		}
		names = append(names, name)
	}
	name := strings.Join(names, ", ")
	if split, ok := splitters[name]; ok {
		return split, nil
	}
	if name == "Split "+eachCharacter {
		return nil, nil
	}
	if name == "" {
		name = "none"
	}
	return nil, fmt.Errorf("pre_tokenizer: %s: must be ByteLevel, alone or after Digits or the Split of GPT-2, Llama 3 or Qwen 2, or the Split %s", name, eachCharacter)
}

// splits writes a step of a pre-tokenizer in a few words.
func (s *step) splits() (string, error) {
	switch s.Type {
	case "ByteLevel":
		if s.AddPrefixSpace {
			return "", errors.New("add_prefix_space true: must be false")
		}
		if s.UseRegex == nil || *s.UseRegex {
			return "ByteLevel with regex", nil
		}
		return "ByteLevel", nil
	case "Digits":
		if !s.IndividualDigits {
			return "", errors.New("individual_digits false: must be true")
		}
		return "Digits", nil
	case "Split":
		switch {
		case s.Behavior != "Isolated":
			return "", fmt.Errorf("behavior %q: must be \"Isolated\"", s.Behavior)
		case s.Invert:
			return "", errors.New("invert true: must be false")
		case s.Pattern == nil || s.Pattern.Regex == nil:
			return "", errors.New("pattern: must be a Regex")
		}
		return "Split " + *s.Pattern.Regex, nil
	}
	return "", fmt.Errorf("type: %w", config.Unknown("pre-tokenizer", s.Type, []string{"ByteLevel", "Digits", "Split", "Sequence"}))
}

// frame finds the tokens around a text.
func (d *description) frame() (before, after []int32, err error) {
	var template *step
	for _, s := range d.PostProcessor.steps() {
		switch {
		case s.Type == "ByteLevel": // only moves offsets
		case s.Type != "TemplateProcessing":
			return nil, nil, fmt.Errorf("post_processor: %w", config.Unknown("type", s.Type, []string{"ByteLevel", "TemplateProcessing", "Sequence"}))
		case template != nil:
			return nil, nil, errors.New("post_processor: two templates: must be one")
		default:
			template = &s
		}
	}
	if template == nil {
		return nil, nil, nil
	}
	texts := 0
	for i, part := range template.Single {
		switch {
		case part.Sequence != nil:
			texts++
			if part.Sequence.ID != "A" || texts > 1 {
				return nil, nil, fmt.Errorf("post_processor.single[%d]: Sequence %q: must be A, once", i, part.Sequence.ID)
			}
			continue
		case part.Special == nil:
			return nil, nil, fmt.Errorf("post_processor.single[%d]: must be a SpecialToken or a Sequence", i)
		}
		tokens, ok := template.Special[part.Special.ID]
		if !ok {
			return nil, nil, fmt.Errorf("post_processor.single[%d]: %q is not in special_tokens", i, part.Special.ID)
		}
		if texts == 0 {
			before = append(before, tokens.IDs...)
		} else {
			after = append(after, tokens.IDs...)
		}
	}
	if texts == 0 {
		return nil, nil, errors.New("post_processor.single: no Sequence: must have one")
	}
	return before, after, nil
}
