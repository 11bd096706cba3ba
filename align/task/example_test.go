package task_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/lm/token"
	"github.com/proximal-rl/proximal/seed"
)

// palindrome is a task of one's own: go on from three letters so that the whole
// reads the same from both ends.
type palindrome struct{ tokenizer *token.Tokenizer }

func (p palindrome) Spec() task.Spec {
	return task.Spec{
		Name: "palindrome", Summary: "Complete a palindrome.", Tokenizer: p.tokenizer,
		MaxPrompt: 4, MaxCompletion: 5, Best: 1, HeldOut: 0.2,
	}
}

func (p palindrome) Prompt(rng *seed.Rand) string {
	letters := make([]byte, 3)
	for i := range letters {
		letters[i] = byte('a' + rng.Integers(0, 3))
	}
	return string(letters)
}

func (p palindrome) Verify(prompt string, answer task.Answer) float64 {
	whole := []byte(prompt + answer.Text)
	backwards := slices.Clone(whole)
	slices.Reverse(backwards)
	if !answer.Ended || !slices.Equal(whole, backwards) || len(answer.Text) < 2 {
		return 0
	}
	return 1
}

// A task of one's own needs a description, prompts and a verifier.
func ExampleTask() {
	tokenizer, err := token.Characters("abc", token.Special{Begin: "<bos>", End: "<eos>"})
	if err != nil {
		panic(err)
	}
	own := palindrome{tokenizer}
	prompt, err := task.Draw(own, task.Training, seed.New(1))
	if err != nil {
		panic(err)
	}
	fmt.Println(prompt, task.SideOf(own, prompt))
	fmt.Println(own.Verify("abc", task.Answer{Text: "ba", Ended: true}), own.Verify("abc", task.Answer{Text: "bc", Ended: true}))
	// Output:
	// bbc training
	// 1 0
}

func ExampleMake() {
	add, err := task.Make("add", map[string]any{"digits": 3})
	if err != nil {
		panic(err)
	}
	prompt := add.Prompt(seed.New(1))
	answer := add.(task.Demonstrator).Demonstrate(nil, prompt)
	fmt.Println(prompt, answer, add.Verify(prompt, task.Answer{Text: answer, Ended: true}))

	_, err = task.Make("addd", nil)
	fmt.Println(err)
	// Output:
	// 525+560= 1085 1
	// unknown task "addd"; did you mean add?
}

func ExampleList() {
	for _, entry := range task.List() {
		fmt.Println(entry.Spec.Name, "-", entry.Spec.Summary)
	}
	// Output:
	// add - Write the sum of two numbers.
	// bandit - Pull the arm that pays: one token, right or wrong.
	// copy - Write the letters of the prompt again.
	// countdown - Reach a number from others, each used once, by + - * /.
	// preference - Write what is liked: a gold reward behind noisy comparisons.
	// reverse - Write the letters of the prompt from the last to the first.
	// sort - Write the letters of the prompt in the order of the alphabet.
	// tilt - Write the first letter often: an enumerable language whose best policy has a closed form.
}

// The prompts that a run is evaluated on are the same ones for every run.
func ExampleDistinct() {
	countdown, err := task.Make("countdown", nil)
	if err != nil {
		panic(err)
	}
	prompts, err := task.Distinct(countdown, task.HeldOut, 3, seed.Stream(0, "held-out", 0))
	if err != nil {
		panic(err)
	}
	for _, prompt := range prompts {
		fmt.Println(prompt, countdown.(task.Demonstrator).Demonstrate(seed.New(1), prompt))
	}
	// Output:
	// 6,8,1:1= 8-6-1
	// 9,1,2:11= 1*2+9
	// 9,1,1:9= 9/1/1
}

// An example to imitate is the tokens of a prompt and those of a completion.
func ExampleEncodeCompletion() {
	sort, err := task.Make("sort", map[string]any{"length": 3})
	if err != nil {
		panic(err)
	}
	tokenizer := sort.Spec().Tokenizer
	tokens, err := task.EncodePrompt(nil, tokenizer, "312>")
	if err != nil {
		panic(err)
	}
	prompt := len(tokens)
	if tokens, err = task.EncodeCompletion(tokens, tokenizer, "123"); err != nil {
		panic(err)
	}
	fmt.Println(tokens[:prompt], tokens[prompt:])
	fmt.Println(task.ReadAnswer(tokenizer, tokens[prompt:]))
	// Output:
	// [11 3 1 2 10] [1 2 3 12]
	// {123 true}
}

// Two completions, and which of them a noisy judge likes better.
func ExampleCompare() {
	made, err := task.Make("preference", nil)
	if err != nil {
		panic(err)
	}
	preference := made.(task.Comparer)
	pair := task.Compare(preference, seed.New(1), "abcd")
	fmt.Println(pair.Prompt, pair.Chosen, pair.Rejected)
	fmt.Printf("nobody predicts more than %.1f %% of them\n", 100*preference.BayesAccuracy())
	// Output:
	// abcd cgcdfeaaggge deghabghbcgd
	// nobody predicts more than 72.3 % of them
}

// The best policy with a uniform reference and β = 1.
func ExampleTilt_Optimum() {
	tilt, err := task.NewTilt(task.DefaultTiltOptions())
	if err != nil {
		panic(err)
	}
	policy := tilt.Optimum([]float64{0.25, 0.25, 0.25, 0.25}, 1)
	for i, text := range tilt.Language() {
		fmt.Printf("%s %s %.4f\n", text, strings.Repeat("#", int(40*policy[i])), policy[i])
	}
	// Output:
	// aa ##################### 0.5344
	// ab ####### 0.1966
	// ba ####### 0.1966
	// bb ## 0.0723
}
