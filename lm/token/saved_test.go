package token_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/lm/token"
)

// special are the special tokens of the tokenizers in testdata/saved.
var special = token.Special{Begin: "<bos>", End: "<eos>", Pad: "<pad>", More: []string{"<tool call>", "«é»"}}

// made are those tokenizers.
func made(t testing.TB) map[string]*token.Tokenizer {
	t.Helper()
	bytes, err := token.Bytes(special)
	if err != nil {
		t.Fatal(err)
	}
	digits, err := token.Characters("0123456789+=", token.Special{Begin: "<bos>", End: "<eos>"})
	if err != nil {
		t.Fatal(err)
	}
	withUnknown := special
	withUnknown.Unknown = "<unk>"
	characters, err := token.Characters("abcdefghijklmnopqrstuvwxyz .,\n\té中\u0301😀\"\\\x00", withUnknown)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]*token.Tokenizer{"bytes": bytes, "digits": digits, "characters": characters}
}

// Hugging Face's programs read these very files: see TestSavedFilesMeanTheSameToHuggingFace.
func TestSaveWritesTheSameFiles(t *testing.T) {
	for name, tokenizer := range made(t) {
		folder := filepath.Join(t.TempDir(), "deep", "er")
		for range 2 { // the second time over the first
			if err := tokenizer.Save(folder); err != nil {
				t.Fatal(err)
			}
		}
		files, err := os.ReadDir(folder)
		if err != nil || len(files) != 2 {
			t.Errorf("%s: the folder holds %v (%v)", name, files, err)
		}
		for _, file := range []string{"tokenizer.json", "tokenizer_config.json"} {
			text, err := os.ReadFile(filepath.Join(folder, file))
			if err != nil {
				t.Fatal(err)
			}
			golden.Bytes(t, filepath.Join("testdata", "saved", name, file), text)
		}
	}
}

func TestSavedFilesMeanTheSameToHuggingFace(t *testing.T) {
	var saved struct {
		MadeBy     string `json:"made_by"`
		Tokenizers map[string]struct {
			Begin, End, Pad, Unknown *int32
			Size                     int
			Cases                    []struct {
				Text, Decoded, Spelled string
				Plain, Special, Framed []int32
			}
		}
	}
	golden.Read(t, "testdata/saved.json.gz", &saved)
	for name, made := range made(t) {
		loaded, err := token.Load(filepath.Join("testdata", "saved", name))
		if err != nil {
			t.Fatal(err)
		}
		want := saved.Tokenizers[name]
		if len(want.Cases) == 0 {
			t.Fatalf("%s: nothing is recorded", name)
		}
		for _, tokenizer := range []*token.Tokenizer{made, loaded} {
			for _, role := range []struct {
				name string
				got  int32
				want *int32
			}{
				{"begin", tokenizer.Begin(), want.Begin}, {"end", tokenizer.End(), want.End},
				{"pad", tokenizer.Pad(), want.Pad}, {"unknown", tokenizer.Unknown(), want.Unknown},
			} {
				if none := role.want == nil; none && role.got != token.None || !none && role.got != *role.want {
					t.Errorf("%s: token %s is %d and should be %v", name, role.name, role.got, role.want)
				}
			}
			if tokenizer.Size() != want.Size {
				t.Errorf("%s: size is %d and should be %d", name, tokenizer.Size(), want.Size)
			}
			for _, c := range want.Cases {
				if got, err := tokenizer.Encode(nil, c.Text); err != nil || !slices.Equal(got, c.Plain) {
					t.Errorf("%s: %q gives\n\t%v and should give\n\t%v (%v)", name, c.Text, got, c.Plain, err)
				}
				if got, err := tokenizer.EncodeSpecial(nil, c.Text); err != nil || !slices.Equal(got, c.Special) {
					t.Errorf("%s: %q gives with added tokens\n\t%v and should give\n\t%v (%v)", name, c.Text, got, c.Special, err)
				}
				before, after := tokenizer.Frame()
				if got := slices.Concat(before, c.Special, after); !slices.Equal(got, c.Framed) {
					t.Errorf("%s: %q is given to a model as\n\t%v and should be\n\t%v", name, c.Text, got, c.Framed)
				}
				if got := string(tokenizer.Decode(nil, c.Special)); got != c.Decoded {
					t.Errorf("%s: %v decodes to\n\t%q and should to\n\t%q", name, c.Special, got, c.Decoded)
				}
				if got := string(tokenizer.DecodeSpecial(nil, c.Special)); got != c.Spelled {
					t.Errorf("%s: %v is spelled\n\t%q and should be\n\t%q", name, c.Special, got, c.Spelled)
				}
			}
		}
	}
}

// What this package does not use, such as a chat template, is not lost.
func TestSaveKeepsWhatWasRead(t *testing.T) {
	_, r := record(t, "llama3")
	settings := `{"bos_token": {"content": "<|begin_of_text|>"}, "eos_token": "<|end_of_text|>", "chat_template": "{{ x }}"}`
	tokenizer, err := token.Read([]byte(r.Tokenizer), []byte(settings))
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := tokenizer.Save(folder); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{"tokenizer.json": r.Tokenizer, "tokenizer_config.json": settings} {
		if got, err := os.ReadFile(filepath.Join(folder, file)); err != nil || string(got) != want {
			t.Errorf("%s has changed (%v)", file, err)
		}
	}
	if before, _ := tokenizer.Frame(); !slices.Equal(before, []int32{tokenizer.Begin()}) {
		t.Errorf("the frame begins with %v, not with token %d", before, tokenizer.Begin())
	}
}
