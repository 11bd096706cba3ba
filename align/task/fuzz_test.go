package task_test

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/seed"
)

// FuzzVerify: whatever prompt and answer are, every verifier gives a reward
// within its bounds, the same one twice, and keys of the split are stable.
func FuzzVerify(f *testing.F) {
	var tasks []task.Task
	for name, all := range variants {
		for _, options := range all {
			made := made(f, name, options)
			tasks = append(tasks, made)
			rng := seed.New(1)
			prompt := made.Prompt(rng)
			f.Add(prompt, made.(task.Demonstrator).Demonstrate(rng, prompt), true)
		}
	}
	for _, text := range []string{"((((((((((((((((((((((", "9999999999999999999999", "1/0", "\xff", "０", "--1", "1e9", "0x1", "<eos>"} {
		f.Add("3,5,7:22=", text, true)
		f.Add(text+"+"+text+"=", text, true)
	}
	f.Add("3,5,7:22=", strings.Repeat("(", 1<<20), true)
	f.Fuzz(func(t *testing.T, prompt, text string, ended bool) {
		for _, made := range tasks {
			spec, answer := made.Spec(), task.Answer{Text: text, Ended: ended}
			reward := made.Verify(prompt, answer)
			if math.IsNaN(reward) || reward < spec.Worst || reward > spec.Best || reward != made.Verify(prompt, answer) {
				t.Errorf("%s %q %q: reward %v", spec.Name, prompt, text, reward)
			}
			if s, ok := made.(task.Splitter); ok && s.SplitKey(s.SplitKey(prompt)) != s.SplitKey(prompt) && spec.Name != "sort" {
				t.Errorf("%s %q: the key is %q, and its own key another", spec.Name, prompt, s.SplitKey(prompt))
			}
			task.SideOf(made, prompt)
		}
	})
}

// FuzzAdd holds the sum against math/big.
func FuzzAdd(f *testing.F) {
	f.Add("12+34=", "46")
	f.Add("99+99=", "0198")
	f.Add("10+10=", "2e1")
	add := made(f, "add", nil)
	f.Fuzz(func(t *testing.T, prompt, text string) {
		var x, y int64
		_, err := fmt.Sscanf(prompt, "%2d+%2d=", &x, &y)
		want := err == nil && fmt.Sprintf("%d+%d=", x, y) == prompt && x > 9 && y > 9 &&
			new(big.Int).Add(big.NewInt(x), big.NewInt(y)).String() == text
		if got := add.Verify(prompt, task.Answer{Text: text, Ended: true}); (got == 1) != want {
			t.Errorf("%q %q: reward %v", prompt, text, got)
		}
	})
}

// FuzzCountdown: what the verifier accepts uses the digits of the numbers and
// nothing else, and one operator less than there are numbers.
func FuzzCountdown(f *testing.F) {
	for _, text := range []string{"3*5+7", "(3*5)+7", "7+5*3", "3*(5)+7", "22"} {
		f.Add(text)
	}
	countdown := made(f, "countdown", nil)
	f.Fuzz(func(t *testing.T, text string) {
		if countdown.Verify("3,5,7:22=", task.Answer{Text: text, Ended: true}) == 0 {
			return
		}
		bare := strings.NewReplacer("(", "", ")", "").Replace(text)
		if bare != "3*5+7" && bare != "5*3+7" && bare != "7+3*5" && bare != "7+5*3" {
			t.Errorf("%q was accepted", text)
		}
	})
}
