package token

import (
	"encoding/json"
	"errors"
	"fmt"
)

// roles is tokenizer_config.json, as far as it matters here: the spellings of
// tokens that have a part to play. "" stands for none.
type roles struct {
	Begin       role `json:"bos_token"`
	End         role `json:"eos_token"`
	Pad         role `json:"pad_token"`
	Unknown     role `json:"unk_token"`
	PrefixSpace bool `json:"add_prefix_space"`
}

// role is a token's spelling, written as a string or as an added token.
type role string

// UnmarshalJSON reads both, and null.
func (r *role) UnmarshalJSON(text []byte) error {
	if text[0] != '{' {
		return json.Unmarshal(text, (*string)(r))
	}
	var a added
	err := json.Unmarshal(text, &a)
	*r = role(a.Content)
	return err
}

// claim makes added tokens of those that have a role and are so far of the
// model's vocabulary alone.
func (r *roles) claim(d *description) error {
	if r.PrefixSpace {
		return errors.New("add_prefix_space true: must be false")
	}
	known := map[string]bool{"": true}
	for _, a := range d.Added {
		known[a.Content] = true
	}
	for _, c := range []struct {
		field    string
		spelling role
	}{{"bos_token", r.Begin}, {"eos_token", r.End}, {"pad_token", r.Pad}, {"unk_token", r.Unknown}} {
		content := string(c.spelling)
		if known[content] {
			continue
		}
		id, ok := d.Model.Vocabulary[content]
		if !ok {
			return fmt.Errorf("%s %q: must be a token of %s", c.field, content, tokenizerFile)
		}
		known[content] = true
		d.Added = append(d.Added, added{ID: id, Content: content, Special: true})
	}
	return nil
}

// assign gives the roles to their tokens. What is unknown is the model's
// decision, not the settings'.
func (r *roles) assign(t *Tokenizer) {
	find := func(spelling role) int32 {
		if id, ok := t.Added(string(spelling)); ok {
			return id
		}
		return None
	}
	t.begin, t.end, t.pad = find(r.Begin), find(r.End), find(r.Pad)
}
