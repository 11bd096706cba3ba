package token

import (
	"errors"
	"fmt"

	"golang.org/x/text/unicode/norm"

	"github.com/proximal-rl/proximal/config"
)

// maxTokens bounds the numbers of tokens: those of models here end below it.
const maxTokens = 1 << 24

// tokenizer builds what is described.
func (d *description) tokenizer() (t *Tokenizer, err error) {
	t = &Tokenizer{}
	if t.compose, err = d.composes(); err != nil {
		return nil, err
	}
	split, err := d.splitter()
	if err != nil {
		return nil, err
	}
	if err := d.enter(t); err != nil {
		return nil, err
	}
	if t.before, t.after, err = d.frame(); err != nil {
		return nil, err
	}
	for _, list := range [][]int32{t.before, t.after} {
		for _, id := range list {
			if id < 0 || int(id) >= t.Size() {
				return nil, fmt.Errorf("post_processor.special_tokens: %d: must be a token of the vocabulary", id)
			}
		}
	}
	d.index(t)
	return t, d.encoder(t, split)
}

// index prepares the search for added tokens.
func (d *description) index(t *Tokenizer) {
	t.numbers = make(map[string]int32, len(d.Added))
	var plain, normalized []added
	for _, a := range d.Added {
		t.numbers[a.Content] = a.ID
		a.Content = t.inText(a)
		if a.Normalized {
			normalized = append(normalized, a)
		} else {
			plain = append(plain, a)
		}
	}
	t.plain, t.normalized = newFinder(plain), newFinder(normalized)
}

// inText is how an added token is written in the text where it is looked for.
func (t *Tokenizer) inText(a added) string {
	if a.Normalized && t.compose {
		return norm.NFC.String(a.Content)
	}
	return a.Content
}

// encoder builds the model.
func (d *description) encoder(t *Tokenizer, split splitter) (err error) {
	m := &d.Model
	kind, decoder := m.Type, "ByteLevel"
	if kind == "" && m.Merges != nil {
		kind = "BPE" // old files do not say it
	}
	switch kind {
	case "BPE":
		if split == nil {
			return errors.New("pre_tokenizer: none of ByteLevel: must be for a model of type BPE")
		}
		t.text, err = d.pairs(t, split)
	case "WordLevel":
		if split != nil {
			return fmt.Errorf("pre_tokenizer: must be the Split %s for a model of type WordLevel", eachCharacter)
		}
		decoder = "Fuse"
		t.text = d.characters(t)
	default:
		return fmt.Errorf("model.%w", config.Unknown("type", m.Type, []string{"BPE", "WordLevel"}))
	}
	if err != nil {
		return err
	}
	if steps := d.Decoder.steps(); len(steps) != 1 || steps[0].Type != decoder {
		return fmt.Errorf("decoder: must be %s for a model of type %s", decoder, kind)
	}
	return nil
}

// enter fills the vocabulary with what tokens decode to.
func (d *description) enter(t *Tokenizer) error {
	const wrong = "%d: must be in [0, %d]"
	size := 0
	for spelled, id := range d.Model.Vocabulary {
		if id < 0 || id >= maxTokens {
			return fmt.Errorf("model.vocab[%q]: "+wrong, spelled, id, maxTokens-1)
		}
		size = max(size, int(id)+1)
	}
	for i, a := range d.Added {
		if a.ID < 0 || a.ID >= maxTokens {
			return fmt.Errorf("added_tokens[%d].id: "+wrong, i, a.ID, maxTokens-1)
		}
		size = max(size, int(a.ID)+1)
	}
	// Some numbers may be free; a file with a few tokens must not fill the memory.
	const spare = 1 << 16
	if n := len(d.Model.Vocabulary) + len(d.Added); size > 2*n+spare {
		return fmt.Errorf("model.vocab: %d tokens have numbers up to %d: too many are free", n, size-1)
	}
	t.vocabulary = make([]entry, size)
	taken := make([]bool, size)
	for spelled, id := range d.Model.Vocabulary {
		if taken[id] {
			return fmt.Errorf("model.vocab[%q]: %d is the number of another token", spelled, id)
		}
		taken[id] = true
		t.vocabulary[id].text = d.Model.meaning(spelled)
	}
	return d.enterAdded(t, taken)
}

// enterAdded adds the tokens that stand beside the model's. Some are in its
// vocabulary too; those that are not special remain a part of the text.
func (d *description) enterAdded(t *Tokenizer, taken []bool) error {
	seen := map[string]bool{}
	for i, a := range d.Added {
		id, inModel := d.Model.Vocabulary[a.Content]
		switch {
		case a.Content == "":
			return fmt.Errorf("added_tokens[%d].content: must not be empty", i)
		case a.SingleWord:
			return fmt.Errorf("added_tokens[%d].single_word true: must be false", i)
		case seen[a.Content]:
			return fmt.Errorf("added_tokens[%d].content: %q is there before", i, a.Content)
		case inModel && id != a.ID:
			return fmt.Errorf("added_tokens[%d].id: %d: must be %d as in model.vocab", i, a.ID, id)
		case !inModel && taken[a.ID]:
			return fmt.Errorf("added_tokens[%d].id: %d is the number of another token", i, a.ID)
		}
		seen[a.Content], taken[a.ID] = true, true
		t.vocabulary[a.ID] = entry{t.inText(a), a.Special || !inModel, a.Special}
	}
	return nil
}

// meaning returns what an entry of the model's vocabulary decodes to.
func (m *model) meaning(spelled string) string {
	if m.Type == "WordLevel" {
		return spelled
	}
	if bytes, ok := unspell(spelled); ok {
		return bytes
	}
	return spelled
}

// pairs builds the byte-pair encoding. Tokens that are no text have no part in
// it, so that no text leads to one.
func (d *description) pairs(t *Tokenizer, split splitter) (*pairs, error) {
	m := &d.Model
	switch {
	case m.Dropout != 0:
		return nil, fmt.Errorf("model.dropout %v: must be 0 or null", m.Dropout)
	case m.Prefix != "":
		return nil, fmt.Errorf("model.continuing_subword_prefix %q: must be empty or null", m.Prefix)
	case m.Suffix != "":
		return nil, fmt.Errorf("model.end_of_word_suffix %q: must be empty or null", m.Suffix)
	case m.ByteFallback:
		return nil, errors.New("model.byte_fallback true: must be false")
	}
	p := &pairs{split: split, merges: make(map[pair]merge, len(m.Merges)), unknown: None, fuseUnknown: m.FuseUnknown}
	if id, ok := m.Vocabulary[m.Unknown]; ok && m.Unknown != "" {
		p.unknown = id
	}
	t.unknown = p.unknown
	tokens := make(map[string]int32, len(m.Vocabulary))
	for spelled, id := range m.Vocabulary {
		if bytes, ok := unspell(spelled); ok && bytes != "" && !t.vocabulary[id].apart {
			tokens[bytes] = id
		}
	}
	for b := range p.bytes {
		p.bytes[b] = None
		if id, ok := tokens[string([]byte{byte(b)})]; ok {
			p.bytes[b] = id
		}
	}
	for rank, rule := range m.Merges {
		left, right := rule[0], rule[1]
		var ids [3]int32
		for i, spelled := range []string{left, right, left + right} {
			id, ok := m.Vocabulary[spelled]
			if !ok {
				return nil, fmt.Errorf("model.merges[%d]: %q is not in model.vocab", rank, spelled)
			}
			ids[i] = id
		}
		if !t.vocabulary[ids[0]].apart && !t.vocabulary[ids[1]].apart && !t.vocabulary[ids[2]].apart {
			p.merges[pair{ids[0], ids[1]}] = merge{int32(rank), ids[2]}
		}
	}
	p.settle(tokens, m.IgnoreMerges)
	return p, nil
}

// characters builds the model that takes each character for itself.
func (d *description) characters(t *Tokenizer) *characters {
	m := &d.Model
	c := &characters{more: map[rune]int32{}, unknown: None}
	if id, ok := m.Vocabulary[m.Unknown]; ok {
		c.unknown = id
	}
	t.unknown = c.unknown
	for i := range c.ascii {
		c.ascii[i] = None
	}
	for spelled, id := range m.Vocabulary {
		r := []rune(spelled)
		switch {
		case len(r) != 1 || t.vocabulary[id].apart: // no text leads there
		case int(r[0]) < len(c.ascii):
			c.ascii[r[0]] = id
		default:
			c.more[r[0]] = id
		}
	}
	return c
}
