package task

import (
	"slices"
	"strconv"
	"strings"

	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/seed"
)

// countdownOptions are the settings of countdown.
type countdownOptions struct {
	// Number of numbers, each of which must be used once.
	Numbers int `toml:"numbers" range:"[2, 5]"`
	// Largest of the numbers; the smallest is 1.
	Largest int `toml:"largest" range:"[2, 99]"`
	// Largest number to reach; the smallest is 1.
	LargestTarget int `toml:"largest_target" range:"[10, 999]"`
	// Share of the prompts that training does not see; 0: all are trained on and evaluated.
	HeldOut float64 `toml:"held_out" range:"[0, 1)"`
}

// countdown is a task like "3,5,7:22=", answered by "3*5+7": an expression with
// the value behind the colon, in which each of the numbers before it occurs
// once, with + - * / and parentheses. Values on the way are exact fractions: 7/2*4
// is 14. There is no sign in front of a number, no space, no leading zero.
// Parentheses may be idle, but the answer must be one that fits MaxCompletion.
//
// The numbers are drawn, each equally likely, and put together at random until
// the value is one to ask for: every prompt has an answer. Demonstrations are
// among the answers without idle parentheses, found by a search in random order.
// Prompts that differ in the order of their numbers are on the same side.
type countdown struct {
	options countdownOptions
	spec    Spec
}

// newCountdown makes the task.
func newCountdown(o countdownOptions) (*countdown, error) {
	if err := config.Check(o); err != nil {
		return nil, err
	}
	width := o.Numbers * len(strconv.Itoa(o.Largest))
	return &countdown{options: o, spec: Spec{
		Name:          "countdown",
		Summary:       "Reach a number from others, each used once, by + - * /.",
		Tokenizer:     characters(digits+",:=+-*/()", ending),
		MaxPrompt:     1 + width + o.Numbers - 1 + 1 + len(strconv.Itoa(o.LargestTarget)) + 1,
		MaxCompletion: width + 3*(o.Numbers-1) + 1, // an operator and parentheses for all but one
		Best:          1,
		HeldOut:       o.HeldOut,
	}}, nil
}

// Spec implements [Task].
func (c *countdown) Spec() Spec { return c.spec }

// Prompt implements [Task].
func (c *countdown) Prompt(rng *seed.Rand) string {
	numbers := make([]int64, c.options.Numbers)
	for {
		for i := range numbers {
			numbers[i] = rng.Integers(1, int64(c.options.Largest)+1)
		}
		value, ok := combine(rng, numbers)
		if ok && 1 <= value && value <= int64(c.options.LargestTarget) {
			return writePrompt(numbers, value)
		}
	}
}

// combine puts the numbers together at random, and returns the value of the
// expression if there is one and it is whole.
func combine(rng *seed.Rand, numbers []int64) (value int64, ok bool) {
	terms := make([]fraction, len(numbers))
	for i, n := range numbers {
		terms[i] = fraction{n, 1}
	}
	for len(terms) > 1 {
		i := rng.Integers(0, int64(len(terms)))
		a := terms[i]
		terms = slices.Delete(terms, int(i), int(i)+1)
		j := rng.Integers(0, int64(len(terms)))
		operator := operators[rng.Integers(0, int64(len(operators)))]
		if terms[j], ok = a.apply(operator, terms[j]); !ok {
			return 0, false
		}
	}
	return terms[0].whole()
}

// writePrompt spells a prompt.
func writePrompt(numbers []int64, target int64) string {
	text := []byte{}
	for i, n := range numbers {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, n, 10)
	}
	text = strconv.AppendInt(append(text, ':'), target, 10)
	return string(append(text, '='))
}

// read returns what a prompt asks for, and whether the task can have drawn it; it
// does not look for an answer.
func (c *countdown) read(prompt string) (numbers []int64, target int64, ok bool) {
	list, rest, _ := strings.Cut(prompt, ":")
	if strings.Count(list, ",") != c.options.Numbers-1 {
		return nil, 0, false
	}
	for part := range strings.SplitSeq(list, ",") {
		n, _ := strconv.ParseInt(part, 10, 64)
		if n < 1 || n > int64(c.options.Largest) {
			return nil, 0, false
		}
		numbers = append(numbers, n)
	}
	target, _ = strconv.ParseInt(strings.TrimSuffix(rest, "="), 10, 64)
	if target < 1 || target > int64(c.options.LargestTarget) {
		return nil, 0, false
	}
	return numbers, target, writePrompt(numbers, target) == prompt // no "+7", no "007"
}

// Verify implements [Task]: 1 for an expression as asked for, else 0.
func (c *countdown) Verify(prompt string, answer Answer) float64 {
	numbers, target, ok := c.read(prompt)
	if !ok || !answer.Ended || len(answer.Text) >= c.spec.MaxCompletion {
		return 0
	}
	e := evaluation{rest: answer.Text, unused: numbers}
	value, ok := e.sum()
	if !ok || e.rest != "" || len(e.unused) > 0 || !value.is(target) {
		return 0
	}
	return 1
}

// Demonstrate implements [Demonstrator]: an answer.
func (c *countdown) Demonstrate(rng *seed.Rand, prompt string) string {
	numbers, target, _ := c.read(prompt)
	terms := make([]term, len(numbers))
	for i, n := range numbers {
		terms[i] = term{value: fraction{n, 1}, text: strconv.FormatInt(n, 10), kind: number}
	}
	return solve(rng, terms, target)
}

// SplitKey implements [Splitter]: the numbers are sorted.
func (c *countdown) SplitKey(prompt string) string {
	numbers, target, ok := c.read(prompt)
	if !ok {
		return prompt
	}
	slices.Sort(numbers)
	return writePrompt(numbers, target)
}
