package task

import (
	"slices"
	"strconv"
	"strings"

	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/seed"
)

// addOptions are the settings of addition.
type addOptions struct {
	// Number of digits of each summand.
	Digits int `toml:"digits" range:"[1, 18]"`
	// Whether all numbers are written from the last digit to the first: 21+43=64 for 12+34=46. Carries then go with the writing, which is easier to learn.
	Reversed bool `toml:"reversed"`
	// Share of the prompts that training does not see; 0: all are trained on and evaluated.
	HeldOut float64 `toml:"held_out" range:"[0, 1)"`
}

// add is a task like "12+34=", answered by "46". Both summands have the given
// number of digits and do not begin with 0 (of one digit, they are 0 to 9); every
// such number is equally likely. The sum is right without a leading zero only,
// and without spaces. "12+34=" and "34+12=" are on the same side of the split.
type add struct {
	options   addOptions
	spec      Spec
	low, high int64 // summands are low to high − 1
}

// newAdd makes the task.
func newAdd(o addOptions) (*add, error) {
	if err := config.Check(o); err != nil {
		return nil, err
	}
	high := int64(1)
	for range o.Digits {
		high *= 10
	}
	low := high / 10
	if o.Digits == 1 {
		low = 0
	}
	return &add{options: o, low: low, high: high, spec: Spec{
		Name:          "add",
		Summary:       "Write the sum of two numbers.",
		Tokenizer:     characters(digits+"+=", ending),
		MaxPrompt:     2*o.Digits + 3,
		MaxCompletion: o.Digits + 2,
		Best:          1,
		HeldOut:       o.HeldOut,
	}}, nil
}

// Spec implements [Task].
func (a *add) Spec() Spec { return a.spec }

// Prompt implements [Task].
func (a *add) Prompt(rng *seed.Rand) string {
	x, y := rng.Integers(a.low, a.high), rng.Integers(a.low, a.high)
	return a.write(x) + "+" + a.write(y) + "="
}

// Verify implements [Task]: 1 for the sum, else 0.
func (a *add) Verify(prompt string, answer Answer) float64 {
	x, y, ok := a.read(prompt)
	if !ok {
		return 0
	}
	return right(answer, a.write(x+y))
}

// Demonstrate implements [Demonstrator]: the sum.
func (a *add) Demonstrate(_ *seed.Rand, prompt string) string {
	x, y, _ := a.read(prompt)
	return a.write(x + y)
}

// SplitKey implements [Splitter]: the smaller summand comes first.
func (a *add) SplitKey(prompt string) string {
	x, y, ok := a.read(prompt)
	if !ok {
		return prompt
	}
	return a.write(min(x, y)) + "+" + a.write(max(x, y)) + "="
}

// write spells a number.
func (a *add) write(x int64) string {
	text := strconv.AppendInt(nil, x, 10)
	if a.options.Reversed {
		slices.Reverse(text)
	}
	return string(text)
}

// read returns the summands of a prompt, and whether the task can have drawn it.
func (a *add) read(prompt string) (x, y int64, ok bool) {
	sum, isSum := strings.CutSuffix(prompt, "=")
	left, right, isPair := strings.Cut(sum, "+")
	x, isLeft := a.summand(left)
	y, isRight := a.summand(right)
	return x, y, isSum && isPair && isLeft && isRight
}

// summand returns the number that a text spells, and whether it can be drawn.
func (a *add) summand(text string) (x int64, ok bool) {
	if len(text) != a.options.Digits || !only(text, digits) {
		return 0, false
	}
	written := []byte(text)
	if a.options.Reversed {
		slices.Reverse(written)
	}
	for _, d := range written {
		x = 10*x + int64(d-'0')
	}
	return x, a.low <= x && x < a.high
}
