package token_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/lm/token"
)

// byteLevel is a tokenizer.json of a byte-level tokenizer.
func byteLevel(model, added string) string {
	return file(model, added, `{"type": "ByteLevel", "use_regex": false}`, `{"type": "ByteLevel"}`, "")
}

// file is a tokenizer.json.
func file(model, added, preTokenizer, decoder, more string) string {
	return fmt.Sprintf(`{"added_tokens": [%s], "pre_tokenizer": %s, "decoder": %s, "model": %s%s}`, added, preTokenizer, decoder, model, more)
}

func TestReadRefuses(t *testing.T) {
	const bpe = `{"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]}`
	withModel := func(field string) string {
		return byteLevel(strings.Replace(bpe, `"type": "BPE"`, `"type": "BPE", `+field, 1), "")
	}
	withMerges := func(merges string) string {
		return byteLevel(`{"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": `+merges+`}`, "")
	}
	const fuse, split = `{"type": "Fuse"}`, `{"type": "Split", "pattern": {"Regex": "[\\s\\S]"}, "behavior": "Isolated", "invert": false}`
	withSplit := func(pre string) string { return file(bpe, "", pre, `{"type": "ByteLevel"}`, "") }
	with := func(more string) string {
		return file(bpe, "", `{"type": "ByteLevel"}`, `{"type": "ByteLevel"}`, ", "+more)
	}
	template := func(single string) string {
		return with(`"post_processor": {"type": "TemplateProcessing", "single": [` + single + `], "special_tokens": {"a": {"ids": [0]}, "z": {"ids": [9]}}}`)
	}
	for _, c := range []struct{ file, settings, want string }{
		{``, "", "tokenizer.json: unexpected end"},
		{`[]`, "", "tokenizer.json: "},
		{`{}`, "", "tokenizer.json: pre_tokenizer: none: must be"},
		{byteLevel(`{"type": "Unigram"}`, ""), "", `model.unknown type "Unigram"; there are: BPE, WordLevel`},
		{byteLevel(`{"type": "BPF"}`, ""), "", `did you mean BPE?`},
		{withModel(`"dropout": 0.1`), "", "model.dropout 0.1: must be 0 or null"},
		{withModel(`"byte_fallback": true`), "", "model.byte_fallback true: must be false"},
		{withModel(`"continuing_subword_prefix": "##"`), "", `model.continuing_subword_prefix "##": must be empty`},
		{withModel(`"end_of_word_suffix": "</w>"`), "", `model.end_of_word_suffix "</w>": must be empty`},
		{withMerges(`["a c"]`), "", `model.merges[0]: "c" is not in model.vocab`},
		{withMerges(`["a b", "b a"]`), "", `model.merges[1]: "ba" is not in model.vocab`},
		{withMerges(`["a b c"]`), "", `model.merges: "a b c": must be two tokens`},
		{withMerges(`["ab"]`), "", `model.merges: "ab": must be two tokens`},
		{withMerges(`[["a"]]`), "", `model.merges: ["a"]: must be two tokens`},
		{withMerges(`[3]`), "", "tokenizer.json: json: cannot unmarshal"},
		{byteLevel(`{"type": "BPE", "vocab": {"a": 0, "b": 0}}`, ""), "", "0 is the number of another token"},
		{byteLevel(`{"type": "BPE", "vocab": {"a": -1}}`, ""), "", `model.vocab["a"]: -1: must be in [0, 16777215]`},
		{byteLevel(`{"type": "BPE", "vocab": {"a": 99999999}}`, ""), "", `model.vocab["a"]: 99999999: must be in`},
		{byteLevel(`{"type": "BPE", "vocab": {"a": 9999999}}`, ""), "", `model.vocab: 1 tokens have numbers up to 9999999: too many are free`},
		{byteLevel(`{"type": "BPE", "vocab": {"a": 1.5}}`, ""), "", "model.vocab of type int32"},
		{byteLevel(bpe, `{"id": 3, "content": ""}`), "", "added_tokens[0].content: must not be empty"},
		{byteLevel(bpe, `{"id": 3, "content": "x", "single_word": true}`), "", "added_tokens[0].single_word true: must be false"},
		{byteLevel(bpe, `{"id": 3, "content": "x"}, {"id": 4, "content": "x"}`), "", `added_tokens[1].content: "x" is there before`},
		{byteLevel(bpe, `{"id": 1, "content": "x"}`), "", "added_tokens[0].id: 1 is the number of another token"},
		{byteLevel(bpe, `{"id": 3, "content": "a"}`), "", "added_tokens[0].id: 3: must be 0 as in model.vocab"},
		{byteLevel(bpe, `{"id": -3, "content": "x"}`), "", "added_tokens[0].id: -3: must be in"},
		{withSplit(`null`), "", "pre_tokenizer: none: must be"},
		{withSplit(`{"type": "Whitespace"}`), "", `pre_tokenizer.type: unknown pre-tokenizer "Whitespace"`},
		{withSplit(`{"type": "ByteLevel", "add_prefix_space": true}`), "", "pre_tokenizer.add_prefix_space true: must be false"},
		{withSplit(`{"type": "Digits"}`), "", "pre_tokenizer.individual_digits false: must be true"},
		{withSplit(`{"type": "Split", "pattern": {"Regex": "x"}, "behavior": "Removed"}`), "", `pre_tokenizer.behavior "Removed": must be "Isolated"`},
		{withSplit(`{"type": "Split", "pattern": {"Regex": "x"}, "behavior": "Isolated", "invert": true}`), "", "pre_tokenizer.invert true: must be false"},
		{withSplit(`{"type": "Split", "pattern": {"String": " "}, "behavior": "Isolated"}`), "", "pre_tokenizer.pattern: must be a Regex"},
		{withSplit(`{"type": "Split", "pattern": {"Regex": "x"}, "behavior": "Isolated"}`), "", "pre_tokenizer: Split x: must be"},
		{withSplit(split), "", "pre_tokenizer: none of ByteLevel: must be for a model of type BPE"},
		{file(`{"type": "WordLevel"}`, "", `{"type": "ByteLevel"}`, fuse, ""), "", "pre_tokenizer: must be the Split"},
		{file(`{"type": "WordLevel"}`, "", split, `null`, ""), "", "decoder: must be Fuse for a model of type WordLevel"},
		{file(bpe, "", `{"type": "ByteLevel"}`, fuse, ""), "", "decoder: must be ByteLevel for a model of type BPE"},
		{with(`"normalizer": {"type": "NFKC"}`), "", `normalizer: unknown type "NFKC"; did you mean NFC?`},
		{with(`"post_processor": {"type": "BertProcessing"}`), "", `post_processor: unknown type "BertProcessing"`},
		{template(``), "", "post_processor.single: no Sequence"},
		{template(`{}`), "", "post_processor.single[0]: must be a SpecialToken or a Sequence"},
		{template(`{"Sequence": {"id": "B"}}`), "", `post_processor.single[0]: Sequence "B": must be A, once`},
		{template(`{"Sequence": {"id": "A"}}, {"Sequence": {"id": "A"}}`), "", `post_processor.single[1]: Sequence "A": must be A, once`},
		{template(`{"SpecialToken": {"id": "q"}}, {"Sequence": {"id": "A"}}`), "", `post_processor.single[0]: "q" is not in special_tokens`},
		{template(`{"SpecialToken": {"id": "z"}}, {"Sequence": {"id": "A"}}`), "", "post_processor.special_tokens: 9: must be a token of the vocabulary"},
		{with(`"post_processor": {"type": "Sequence", "processors": [{"type": "TemplateProcessing"}, {"type": "TemplateProcessing"}]}`), "", "post_processor: two templates"},
		{byteLevel(bpe, ""), `{"eos_token": "</s>"}`, `tokenizer_config.json: eos_token "</s>": must be a token of tokenizer.json`},
		{byteLevel(bpe, ""), `{"add_prefix_space": true}`, "tokenizer_config.json: add_prefix_space true: must be false"},
		{byteLevel(bpe, ""), `{"bos_token": 3}`, "tokenizer_config.json: json: cannot unmarshal"},
		{byteLevel(bpe, ""), `{`, "tokenizer_config.json: unexpected end"},
	} {
		var settings []byte
		if c.settings != "" {
			settings = []byte(c.settings)
		}
		if _, err := token.Read([]byte(c.file), settings); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s\n\tgives the error %v\n\tand should give %s", c.file, c.settings, err, c.want)
		}
	}
}

func TestReadUnderstands(t *testing.T) {
	const bpe = `{"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]}`
	for name, c := range map[string]struct{ file, settings string }{
		"an old file without type":     {byteLevel(strings.Replace(bpe, `"type": "BPE", `, "", 1), ""), ""},
		"merges as strings":            {byteLevel(strings.Replace(bpe, `["a", "b"]`, `"a b"`, 1), ""), ""},
		"null for what is not there":   {strings.Replace(byteLevel(bpe, ""), `"added_tokens": []`, `"added_tokens": null, "normalizer": null, "post_processor": null, "padding": null`, 1), `{"eos_token": null}`},
		"truncation and padding":       {strings.Replace(byteLevel(bpe, ""), `"added_tokens"`, `"truncation": {"max_length": 1}, "padding": {"length": 9}, "added_tokens"`, 1), ""},
		"a sequence within a sequence": {file(bpe, "", `{"type": "Sequence", "pretokenizers": [{"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}]}]}`, `{"type": "Sequence", "decoders": [{"type": "ByteLevel"}]}`, ""), ""},
	} {
		settings := []byte(c.settings)
		if c.settings == "" {
			settings = nil
		}
		tokenizer, err := token.Read([]byte(c.file), settings)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, err := tokenizer.Encode(nil, "aba"); err != nil || len(got) != 2 || got[0] != 2 || got[1] != 0 {
			t.Errorf("%s: \"aba\" gives %v (%v)", name, got, err)
		}
	}
}

// A token with a role is special even if only the model's vocabulary has it.
func TestRolesMakeTokensSpecial(t *testing.T) {
	const bpe = `{"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]}`
	tokenizer, err := token.Read([]byte(byteLevel(bpe, "")), []byte(`{"eos_token": {"content": "ab"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if tokenizer.End() != 2 || !tokenizer.IsSpecial(2) || tokenizer.Begin() != token.None {
		t.Errorf("the end is token %d, special: %v", tokenizer.End(), tokenizer.IsSpecial(2))
	}
	if got, err := tokenizer.Encode(nil, "ab"); err != nil || len(got) != 2 {
		t.Errorf("\"ab\" gives %v (%v)", got, err)
	}
}

func TestMakingRefuses(t *testing.T) {
	characters := func(alphabet string, special token.Special) error {
		_, err := token.Characters(alphabet, special)
		return err
	}
	_, twice := token.Bytes(token.Special{Begin: "<s>", End: "<s>"})
	_, ofText := token.Bytes(token.Special{Pad: "!"})
	_, broken := token.Bytes(token.Special{More: []string{"\xff"}})
	for _, c := range []struct {
		err  error
		want string
	}{
		{characters("", token.Special{}), "alphabet: must not be empty"},
		{characters("a\xff", token.Special{}), `alphabet "a\xff": must be valid UTF-8`},
		{characters("aba", token.Special{}), `alphabet: 'a' is there twice`},
		{characters("ab", token.Special{Pad: "b"}), `special token "b": is there before`},
		{characters("ab", token.Special{Pad: "<unk>"}), `special token "<unk>": must be Unknown`},
		{twice, `special token "<s>": is there before`},
		{ofText, `special token "!": is there before`},
		{broken, `special token "\xff": must be valid UTF-8`},
	} {
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf("gives the error %v and should give %s", c.err, c.want)
		}
	}
}

func TestLoadNamesTheFolder(t *testing.T) {
	folder := t.TempDir()
	if _, err := token.Load(folder); err == nil || !strings.Contains(err.Error(), filepath.Join(folder, "tokenizer.json")) {
		t.Errorf("an empty folder gives %v", err)
	}
	if err := os.WriteFile(filepath.Join(folder, "tokenizer.json"), []byte("{"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := token.Load(folder); err == nil || !strings.Contains(err.Error(), "load tokenizer from "+folder+": tokenizer.json: unexpected end") {
		t.Errorf("half a file gives %v", err)
	}
	if err := os.Mkdir(filepath.Join(folder, "tokenizer_config.json"), 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := token.Load(folder); err == nil || !strings.Contains(err.Error(), "tokenizer_config.json") {
		t.Errorf("a folder in place of a file gives %v", err)
	}
	if err := made(t)["bytes"].Save(filepath.Join(folder, "tokenizer.json", "x")); err == nil {
		t.Error("saving below a file gives no error")
	}
}
