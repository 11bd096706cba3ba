package align

import (
	"fmt"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/lm/token"
	"github.com/proximal-rl/proximal/seed"
)

// workplace is what a learner works with.
type workplace struct {
	task      task.Task
	spec      task.Spec
	tokenizer *token.Tokenizer
	model     *lm.Model // that learns
	reference *lm.Model // nil: the model as it was at the start
	reward    *lm.Model // that takes the verifier's place; nil: none
	sampling  lm.Sampling
	pool      *parallel.Pool
	seed      uint64
}

// stops are the tokens that end a completion.
func (w *workplace) stops() []int32 {
	if end := w.tokenizer.End(); end != token.None {
		return []int32{end}
	}
	return nil
}

// most is the largest number of tokens of a completion: what is worth drawing.
func (w *workplace) most() int {
	if n := w.spec.MaxCompletion; n > 0 {
		return min(n, w.sampling.MaxTokens)
	}
	return w.sampling.MaxTokens
}

// encodePrompt returns the tokens of a prompt. It fails if they leave no room for an
// answer in the context of the model.
func (w *workplace) encodePrompt(prompt string) ([]int32, error) {
	tokens, err := task.EncodePrompt(nil, w.tokenizer, prompt)
	if err != nil {
		return nil, err
	}
	if context := w.model.Config.Context; len(tokens) >= context {
		return nil, fmt.Errorf("prompt %.60q has %d tokens: the model's context of %d leaves no room for an answer", prompt, len(tokens), context)
	}
	return tokens, nil
}

// encode returns a prompt and a completion as a text to learn from. It fails if they
// do not fit into the context, or if there is nothing to learn.
func (w *workplace) encode(prompt, completion string) (text, error) {
	tokens, err := w.encodePrompt(prompt)
	if err != nil {
		return text{}, err
	}
	t := text{prompt: len(tokens)}
	if t.tokens, err = task.EncodeCompletion(tokens, w.tokenizer, completion); err != nil {
		return text{}, err
	}
	switch context := w.model.Config.Context; {
	case t.length() == 0:
		return text{}, fmt.Errorf("the completion of prompt %.60q is empty, and the tokenizer has no token that ends it: there is nothing to learn", prompt)
	case len(t.tokens) > context:
		return text{}, fmt.Errorf("prompt %.60q and its completion have %d tokens: the model's context is %d", prompt, len(t.tokens), context)
	}
	return t, nil
}

// draw draws prompts of one side of the split.
func (w *workplace) draw(side task.Side, n int, rng *seed.Rand) ([]string, error) {
	prompts := make([]string, n)
	for i := range prompts {
		var err error
		if prompts[i], err = task.Draw(w.task, side, rng); err != nil {
			return nil, err
		}
	}
	return prompts, nil
}

// demonstrations draws as many prompts, each with a completion to imitate.
func (w *workplace) demonstrations(teacher task.Demonstrator, side task.Side, n int, rng *seed.Rand) ([]text, error) {
	texts := make([]text, n)
	for i := range texts {
		prompt, err := task.Draw(w.task, side, rng)
		if err != nil {
			return nil, err
		}
		if texts[i], err = w.encode(prompt, teacher.Demonstrate(rng, prompt)); err != nil {
			return nil, err
		}
	}
	return texts, nil
}
