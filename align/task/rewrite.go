package task

import (
	"slices"
	"strings"

	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/seed"
)

// rewriteOptions are the settings of tasks that write the prompt anew.
type rewriteOptions struct {
	// Letters of the alphabet, in its order.
	Letters string `toml:"letters"`
	// Number of letters of an answer.
	Length int `toml:"length" range:"[1, 64]"`
	// Whether the reward is the share of letters that are right in their place, less 0.2 if their number is wrong or the end is missing; false: 1 for the right text, else 0.
	Dense bool `toml:"dense"`
	// Share of the prompts that training does not see; 0: all are trained on and evaluated.
	HeldOut float64 `toml:"held_out" range:"[0, 1)"`
}

// Validate reports letters that make no alphabet.
func (o rewriteOptions) Validate() error { return validateLetters("letters", o.Letters, 2) }

// separator ends the prompt of a text to write anew.
const separator = ">"

// wrongLength is what a dense reward takes off.
const wrongLength = 0.2

// rewrite is a task like "3142>": write the letters before the separator anew,
// copied, reversed or sorted. Every text of the given length is equally likely.
type rewrite struct {
	options rewriteOptions
	spec    Spec
	order   func(text []byte) // puts the letters into the order of the answer
}

// newRewrite makes a task.
func newRewrite(name, summary string, o rewriteOptions, order func(letters string, text []byte)) (*rewrite, error) {
	if err := config.Check(o); err != nil {
		return nil, err
	}
	worst := 0.0
	if o.Dense {
		worst = -wrongLength
	}
	return &rewrite{
		options: o,
		spec: Spec{
			Name:          name,
			Summary:       summary,
			Tokenizer:     characters(o.Letters+separator, ending),
			MaxPrompt:     o.Length + 2,
			MaxCompletion: o.Length + 1,
			Worst:         worst,
			Best:          1,
			HeldOut:       o.HeldOut,
		},
		order: func(text []byte) { order(o.Letters, text) },
	}, nil
}

// newCopy makes the task of writing a text again.
func newCopy(o rewriteOptions) (*rewrite, error) {
	return newRewrite("copy", "Write the letters of the prompt again.", o, func(string, []byte) {})
}

// newReverse makes the task of writing a text backwards.
func newReverse(o rewriteOptions) (*rewrite, error) {
	return newRewrite("reverse", "Write the letters of the prompt from the last to the first.", o,
		func(_ string, text []byte) { slices.Reverse(text) })
}

// newSort makes the task of sorting the letters of a text. Prompts of the same
// letters have the same answer, and so are on the same side.
func newSort(o rewriteOptions) (sorting, error) {
	r, err := newRewrite("sort", "Write the letters of the prompt in the order of the alphabet.", o, sortLetters)
	return sorting{r}, err
}

// sortLetters sorts a text by the order of the letters.
func sortLetters(letters string, text []byte) {
	slices.SortFunc(text, func(a, b byte) int { return strings.IndexByte(letters, a) - strings.IndexByte(letters, b) })
}

// Spec implements [Task].
func (r *rewrite) Spec() Spec { return r.spec }

// Prompt implements [Task].
func (r *rewrite) Prompt(rng *seed.Rand) string {
	return draw(rng, r.options.Letters, r.options.Length) + separator
}

// Verify implements [Task].
func (r *rewrite) Verify(prompt string, answer Answer) float64 {
	text, ok := strings.CutSuffix(prompt, separator)
	if !ok || len(text) != r.options.Length || !only(text, r.options.Letters) {
		return r.spec.Worst
	}
	want := r.solution(text)
	if !r.options.Dense {
		return right(answer, want)
	}
	return dense(answer, want)
}

// right returns 1 if the answer is complete and says exactly what it should.
func right(answer Answer, want string) float64 {
	if answer.Ended && answer.Text == want {
		return 1
	}
	return 0
}

// dense returns the share of bytes that are right in their place, less
// wrongLength if the answer is longer or shorter or has no end.
func dense(answer Answer, want string) float64 {
	hits := 0
	for i := range min(len(want), len(answer.Text)) {
		if answer.Text[i] == want[i] {
			hits++
		}
	}
	reward := float64(hits) / float64(len(want))
	if len(answer.Text) != len(want) || !answer.Ended {
		reward -= wrongLength
	}
	return reward
}

// Demonstrate implements [Demonstrator]: the one right answer.
func (r *rewrite) Demonstrate(_ *seed.Rand, prompt string) string {
	return r.solution(strings.TrimSuffix(prompt, separator))
}

// solution is the right answer to a text.
func (r *rewrite) solution(text string) string {
	letters := []byte(text)
	r.order(letters)
	return string(letters)
}

// sorting is the task of sorting.
type sorting struct{ *rewrite }

// SplitKey implements [Splitter].
func (s sorting) SplitKey(prompt string) string { return s.Demonstrate(nil, prompt) }
