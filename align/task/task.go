package task

import (
	"github.com/proximal-rl/proximal/lm/token"
	"github.com/proximal-rl/proximal/seed"
)

// Task asks questions and rewards answers. Its methods may be called from any
// number of goroutines at once, each with a generator of its own.
type Task interface {
	// Spec describes the task. It is the same at every call.
	Spec() Spec
	// Prompt draws a prompt, of either side of the split: use [Draw].
	Prompt(rng *seed.Rand) string
	// Verify returns the reward of an answer: a number from Spec().Worst to
	// Spec().Best that depends on nothing but its arguments.
	Verify(prompt string, answer Answer) float64
}

// Demonstrator is a task that can write completions to imitate, for supervised
// training before the reinforced one.
type Demonstrator interface {
	Task
	// Demonstrate draws a completion of the prompt: a right one where the task
	// has right answers, otherwise one of the language that training starts
	// from. The prompt must be one that the task drew; others may panic.
	Demonstrate(rng *seed.Rand, prompt string) string
}

// Spec describes a task. The zero value is not one: it has no tokenizer. It is
// plain data.
type Spec struct {
	Name    string // one word
	Summary string // one line
	// Tokenizer is the one that new models for the task are made with. Prompts
	// and completions are text: a model that brings a tokenizer keeps its own.
	Tokenizer *token.Tokenizer
	// Most tokens of a prompt, with the one that begins it, and of a completion
	// that is worth drawing, with the one that ends it, by that tokenizer. A
	// model needs the sum of both as its context.
	MaxPrompt, MaxCompletion int
	// Least and largest reward. A completion is right if it gets the largest
	// one: accuracy is the share of those.
	Worst, Best float64
	// Share of the prompts that training does not see; 0: training and
	// evaluation draw from the same prompts.
	HeldOut float64
}

// Answer is what a model wrote after a prompt. The zero value is an empty text
// that was cut off. It is plain data.
type Answer struct {
	Text string // up to the end token, special tokens spelled out
	// Whether there was an end token; always true if the tokenizer has none.
	Ended bool
}
