package task_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/lm/token"
	"github.com/proximal-rl/proximal/seed"
)

// variants are settings under which every rule is tested, beside the defaults.
var variants = map[string][]map[string]any{
	"tilt":       {nil, {"letters": "xyz", "length": 4}},
	"bandit":     {nil, {"machines": 10, "arms": 26}, {"machines": 1, "arms": 2}},
	"copy":       {nil, {"dense": false, "letters": "qwerty", "length": 12}},
	"reverse":    {nil, {"dense": true}, {"length": 1}},
	"sort":       {nil, {"letters": "zyx"}},
	"add":        {nil, {"reversed": true}, {"digits": 1}, {"digits": 18}},
	"countdown":  {nil, {"numbers": 5, "largest": 99, "largest_target": 999}, {"numbers": 2, "largest": 5, "largest_target": 10}},
	"preference": {nil, {"length": 3, "enough": 1, "surfeit": 10.0}},
}

// each runs a test for every task and variant.
func each(t *testing.T, test func(t *testing.T, made task.Task)) {
	for _, e := range task.List() {
		if len(variants[e.Spec.Name]) == 0 {
			t.Errorf("task %s has no variants to test", e.Spec.Name)
		}
		for _, options := range variants[e.Spec.Name] {
			t.Run(fmt.Sprint(e.Spec.Name, options), func(t *testing.T) { test(t, made(t, e.Spec.Name, options)) })
		}
	}
}

// Prompts and demonstrations can be encoded, are as long as the spec says and
// sometimes as long as it allows; rewards are within its bounds, and those of
// demonstrations the largest where there is a right answer.
func TestSpecsHold(t *testing.T) {
	each(t, func(t *testing.T, made task.Task) {
		spec, rng := made.Spec(), seed.New(1)
		longest := 0
		for range 300 {
			prompt := made.Prompt(rng)
			tokens, err := task.EncodePrompt(nil, spec.Tokenizer, prompt)
			if err != nil || len(tokens) > spec.MaxPrompt {
				t.Fatalf("prompt %q: %d tokens, at most %d (%v)", prompt, len(tokens), spec.MaxPrompt, err)
			}
			longest = max(longest, len(tokens))
			text := made.(task.Demonstrator).Demonstrate(rng, prompt)
			completion, err := task.EncodeCompletion(nil, spec.Tokenizer, text)
			if err != nil || len(completion) > spec.MaxCompletion {
				t.Fatalf("completion %q: %d tokens, at most %d (%v)", text, len(completion), spec.MaxCompletion, err)
			}
			answer := task.ReadAnswer(spec.Tokenizer, completion)
			if answer != (task.Answer{Text: text, Ended: true}) {
				t.Fatalf("completion %q is read as %+v", text, answer)
			}
			reward := made.Verify(prompt, answer)
			if reward < spec.Worst || reward > spec.Best || spec.Tokenizer.End() != token.None && reward != spec.Best {
				t.Fatalf("%q %q: reward %v, bounds %v and %v", prompt, text, reward, spec.Worst, spec.Best)
			}
		}
		if longest != spec.MaxPrompt {
			t.Errorf("the longest of 300 prompts has %d tokens, the spec says %d", longest, spec.MaxPrompt)
		}
	})
}

// Prompts and demonstrations are functions of the generator's state.
func TestSeedsDecide(t *testing.T) {
	each(t, func(t *testing.T, made task.Task) {
		draw := func(seeded uint64) (texts []string) {
			rng := seed.New(seeded)
			for range 50 {
				prompt := made.Prompt(rng)
				texts = append(texts, prompt, made.(task.Demonstrator).Demonstrate(rng, prompt))
			}
			return texts
		}
		if !slices.Equal(draw(7), draw(7)) {
			t.Error("the same seed gives other prompts or demonstrations")
		}
		if slices.Equal(draw(7), draw(8)) {
			t.Error("another seed gives the same prompts and demonstrations")
		}
	})
}

// A right answer that is spoilt in any single way is a wrong one.
func TestNothingIsForgiven(t *testing.T) {
	each(t, func(t *testing.T, made task.Task) {
		spec, rng := made.Spec(), seed.New(2)
		if spec.Tokenizer.End() == token.None {
			t.Skip("no end token")
		}
		for range 20 {
			prompt := made.Prompt(rng)
			text := made.(task.Demonstrator).Demonstrate(rng, prompt)
			for _, spoilt := range []task.Answer{
				{Text: text}, // cut off
				{Text: " " + text, Ended: true},
				{Text: text + " ", Ended: true},
				{Text: text + "\n", Ended: true},
				{Text: "0" + text, Ended: true},
				{Text: "+" + text, Ended: true},
				{Text: text + "=", Ended: true},
				{Text: text + text, Ended: true},
				{Text: text[:len(text)-1], Ended: true},
				{Text: text[:1] + "<bos>" + text[1:], Ended: true},
				{Text: text + "\x00", Ended: true},
				{Text: strings.ReplaceAll(text, text[:1], "０"), Ended: true}, // a wide zero
				{Ended: true},
				{},
			} {
				if reward := made.Verify(prompt, spoilt); reward >= spec.Best || reward < spec.Worst {
					t.Errorf("%q: %+v has the reward %v", prompt, spoilt, reward)
				}
			}
		}
	})
}

// Prompts that a task cannot have drawn have no right answer.
func TestForeignPromptsHaveNoAnswer(t *testing.T) {
	for _, c := range []struct{ name, prompt, text string }{
		{"add", "12+34", "46"}, {"add", "1+2=", "3"}, {"add", "012+34=", "46"}, {"add", "02+34=", "36"},
		{"add", " 2+34=", "36"}, {"add", "-2+34=", "32"}, {"add", "12+34+1=", "47"}, {"add", "", ""},
		{"copy", "123>", "123"}, {"copy", "12345>", "12345"}, {"copy", "1234", "1234"}, {"copy", "12a4>", "12a4"},
		{"sort", "12 456>", " 12456"}, {"reverse", "", ""},
		{"bandit", "", "a"}, {"bandit", "9", "a"}, {"bandit", "01", "a"},
		{"countdown", "3,5:8=", "3+5"}, {"countdown", "3,5,7:15", "3+5+7"}, {"countdown", "3,5,+7:15=", "3+5+7"},
		{"countdown", "3,5,07:15=", "3+5+7"}, {"countdown", "3,5,7:015=", "3+5+7"}, {"countdown", "3,5,0:15=", "3*5+0"},
		{"countdown", "3,5,10:18=", "3+5+10"}, {"countdown", "9,9,9:729=", "9*9*9"}, {"countdown", "3,5,7:15:15=", "3+5+7"},
		{"countdown", "9223372036854775808,1,1:1=", "1*1"},
		{"tilt", "a", "aa"}, {"preference", "abc", "aaaaaaabbbbb"}, {"preference", "abcz", "aaaaaaabbbbb"},
	} {
		made := made(t, c.name, nil)
		if got := made.Verify(c.prompt, task.Answer{Text: c.text, Ended: true}); got != made.Spec().Worst {
			t.Errorf("%s %q %q: reward %v", c.name, c.prompt, c.text, got)
		}
	}
}

func TestExpressionsByHand(t *testing.T) {
	for _, c := range []struct {
		prompt, text string
		want         float64
	}{
		{"3,5,7:22=", "3*5+7", 1},
		{"3,5,7:22=", "7+5*3", 1},
		{"3,5,7:22=", "(7+(5*3))", 1},
		{"3,5,7:22=", "7+3*5)", 0},
		{"3,5,7:22=", "(7+3*5", 0},
		{"3,5,7:22=", "7+(3)*5", 1},
		{"3,5,7:22=", "7+()3*5", 0},
		{"3,5,7:22=", "7+3(5)", 0},
		{"3,5,7:22=", "+7+3*5", 0},
		{"3,5,7:22=", "7++3*5", 0},
		{"3,5,7:22=", "7--3*5", 0},
		{"3,5,7:22=", "3*5+5+2", 0}, // other numbers
		{"3,5,7:22=", "22", 0},
		{"3,5,7:22=", "7+5+5+5", 0},
		{"3,5,7:22=", "3*5+7=22", 0},
		{"3,5,7:22=", "((3*5))+7", 1},
		{"3,5,7:22=", "(((3*5+7)))", 0}, // longer than MaxCompletion allows
		{"2,4,7:14=", "7/2*4", 1},       // by way of a fraction
		{"2,4,7:14=", "4/(2/7)", 1},
		{"2,2,4:4=", "4/(2-2)", 0},
		{"2,2,4:4=", "2-2+4", 1},
		{"2,2,4:4=", "2*4-4", 0},
		{"9,8,7:65=", "8*7+9", 1}, // from the left, products first
		{"9,8,7:8=", "9-8+7", 1},
		{"9,8,2:4=", "9-8/2", 0},
		{"8,4,2:1=", "8/4/2", 1},
	} {
		if got := made(t, "countdown", nil).Verify(c.prompt, task.Answer{Text: c.text, Ended: true}); got != c.want {
			t.Errorf("%s %q: reward %v, should be %v", c.prompt, c.text, got, c.want)
		}
	}
}

// Without the model's ever having been told, one arm in eight is right.
func TestBanditsPayOnce(t *testing.T) {
	made := made(t, "bandit", map[string]any{"machines": 10, "arms": 8})
	for machine := range 10 {
		paid := 0.0
		for arm := 'a'; arm <= 'z'; arm++ {
			paid += made.Verify(fmt.Sprint(machine), task.Answer{Text: string(arm), Ended: true})
		}
		if paid != 1 {
			t.Errorf("the arms of machine %d pay %v together", machine, paid)
		}
	}
}

func TestSummandsAreUniform(t *testing.T) {
	made, rng := made(t, "add", nil), seed.New(3)
	counts := map[string]int{}
	const n = 90 * 400
	for range n / 2 {
		left, right, _ := strings.Cut(strings.TrimSuffix(made.Prompt(rng), "="), "+")
		counts[left]++
		counts[right]++
	}
	if len(counts) != 90 {
		t.Errorf("%d different summands, should be 90", len(counts))
	}
	square := 0.0
	for _, count := range counts {
		d := float64(count) - 400
		square += d * d / 400
	}
	if square > 150 { // χ² with 89 degrees of freedom: one in 18,000
		t.Errorf("summands are not uniform: χ² = %.1f", square)
	}
}
