// Command verifiable trains a language model by a reward of its own, which a few
// lines of Go can check: write two digits with a given sum. Nobody shows the
// model an answer, and many are right.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/proximal-rl/proximal/align"
	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/lm/token"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/seed"
)

// summands is a task: the prompt is a sum, "12=", the answer two digits, "57".
type summands struct{ tokenizer *token.Tokenizer }

func (s summands) Spec() task.Spec {
	return task.Spec{
		Name: "summands", Summary: "Write two digits with a given sum.", Tokenizer: s.tokenizer,
		MaxPrompt: 4, MaxCompletion: 2, Best: 1,
	}
}

func (s summands) Prompt(rng *seed.Rand) string { return fmt.Sprintf("%d=", rng.Integers(0, 19)) }

func (s summands) Verify(prompt string, answer task.Answer) float64 {
	var sum, a, b int
	fmt.Sscanf(prompt, "%d=", &sum)
	if n, _ := fmt.Sscanf(answer.Text, "%1d%1d", &a, &b); n == 2 && a+b == sum {
		return 1
	}
	return 0
}

func main() {
	tokenizer, err := token.Characters("0123456789=", token.Special{Begin: "<bos>"})
	if err != nil {
		log.Fatal(err)
	}
	method := align.DefaultGRPO()
	method.Optim.LearningRate = optim.Linear(2e-3, 2e-4)
	result, err := align.Run(context.Background(), method, summands{tokenizer}, align.Options{
		Seed: 1, Steps: 120, Evaluation: align.Evaluation{Prompts: 1, FinalPrompts: 19, Samples: 64},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("most answers are right:", result.Scores.Sampled > 0.75)
}
