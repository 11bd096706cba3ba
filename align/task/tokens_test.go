package task_test

import (
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/lm/token"
)

// read encodes a completion that may spell special tokens, and reads it.
func read(t *testing.T, tokenizer *token.Tokenizer, completion string) task.Answer {
	t.Helper()
	tokens, err := tokenizer.EncodeSpecial(nil, completion)
	if err != nil {
		t.Fatal(err)
	}
	return task.ReadAnswer(tokenizer, tokens)
}

func TestReadAnswer(t *testing.T) {
	add := made(t, "add", nil)
	for _, c := range []struct {
		completion string
		want       task.Answer
		reward     float64
	}{
		{"46<eos>", task.Answer{Text: "46", Ended: true}, 1},
		{"46<eos>99<eos>", task.Answer{Text: "46", Ended: true}, 1}, // what follows is not looked at
		{"46", task.Answer{Text: "46"}, 0},
		{"4<bos>6<eos>", task.Answer{Text: "4<bos>6", Ended: true}, 0},
		{"<bos>46<eos>", task.Answer{Text: "<bos>46", Ended: true}, 0},
		{"<eos>46", task.Answer{Ended: true}, 0},
		{"", task.Answer{}, 0},
	} {
		got := read(t, add.Spec().Tokenizer, c.completion)
		if got != c.want || add.Verify("12+34=", got) != c.reward {
			t.Errorf("%q is read as %+v, should be %+v with the reward %v", c.completion, got, c.want, c.reward)
		}
	}
	tilt := made(t, "tilt", nil)
	if got := read(t, tilt.Spec().Tokenizer, "ab"); got != (task.Answer{Text: "ab", Ended: true}) {
		t.Errorf("without an end token, \"ab\" is read as %+v", got)
	}
	if got := tilt.Verify("", read(t, tilt.Spec().Tokenizer, "a<bos>")); got != 0 {
		t.Errorf("a special token in the language has the reward %v", got)
	}
}

// A tokenizer with an end token does as well for tasks that need none.
func TestFixedLengthsNeedNoEnd(t *testing.T) {
	tokenizer, err := token.Bytes(token.Special{End: "<eos>"})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"tilt": "aa", "preference": "aeaeaeabbbbb"} {
		made := made(t, name, nil)
		prompt := map[string]string{"preference": "abcd"}[name]
		for _, completion := range []string{text, text + "<eos>"} {
			if got := made.Verify(prompt, read(t, tokenizer, completion)); got != made.Spec().Best {
				t.Errorf("%s %q: reward %v", name, completion, got)
			}
		}
		if got := made.Verify(prompt, read(t, tokenizer, text[1:]+"<eos>")); got != made.Spec().Worst {
			t.Errorf("%s %q: reward %v", name, text[1:], got)
		}
	}
}

// Text that spells special tokens stays text, or is refused.
func TestTextCannotForgeTokens(t *testing.T) {
	tokenizer, err := token.Bytes(token.Special{End: "<eos>"})
	if err != nil {
		t.Fatal(err)
	}
	for _, encode := range []func([]int32, *token.Tokenizer, string) ([]int32, error){task.EncodePrompt, task.EncodeCompletion} {
		tokens, err := encode(nil, tokenizer, "a<eos>b")
		if inside := slices.Index(tokens, tokenizer.End()); err != nil || inside >= 0 && inside < len("a<eos>b") {
			t.Errorf("tokens are %v (%v)", tokens, err)
		}
	}
	tokens, err := task.EncodePrompt(nil, made(t, "add", nil).Spec().Tokenizer, "1<eos>")
	if want := `prompt "1<eos>": encode text: character "<" has no token`; err == nil || err.Error() != want {
		t.Errorf("tokens are %v and the error %v, should be %s", tokens, err, want)
	}
	_, err = task.EncodeCompletion(nil, made(t, "add", nil).Spec().Tokenizer, "1 ")
	if want := `completion "1 ": encode text: character " " has no token`; err == nil || err.Error() != want {
		t.Errorf("the error is %v, should be %s", err, want)
	}
	_, err = task.EncodePrompt([]int32{1}, tokenizer, "")
	if want := `prompt "": has no tokens, and the tokenizer none that begins a text`; err == nil || err.Error() != want {
		t.Errorf("the error is %v, should be %s", err, want)
	}
}

// Tokens go behind those that are there, without an allocation.
func TestEncodingAppends(t *testing.T) {
	tokenizer := made(t, "add", nil).Spec().Tokenizer
	dst := make([]int32, 0, 32)
	var err error
	allocations := testing.AllocsPerRun(100, func() {
		dst, err = task.EncodePrompt(dst[:0], tokenizer, "12+34=")
		if err == nil {
			dst, err = task.EncodeCompletion(dst, tokenizer, "46")
		}
	})
	want := []int32{tokenizer.Begin(), 1, 2, 10, 3, 4, 11, 4, 6, tokenizer.End()}
	if err != nil || !slices.Equal(dst, want) || allocations != 0 {
		t.Errorf("tokens are %v, should be %v; %v allocations (%v)", dst, want, allocations, err)
	}
}
