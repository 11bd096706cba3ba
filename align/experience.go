package align

import (
	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/lm"
)

// experience is a list of completions, those of a prompt together, with what is known
// about each and about each of its tokens. Tokens are numbered through: those of
// completion i are segment[i] to before segment[i+1].
type experience struct {
	samples int // completions of each prompt

	// Of each completion.
	prompts []string
	texts   []text
	answers []task.Answer
	score   []float64 // what the verifier, or the reward model, gives
	gold    []float64 // what the verifier gives; score itself where there is no reward model

	// Of each token.
	segment   []int32   // S+1 offsets
	drawn     []float32 // log-probability as the generator has drawn it
	logProb   []float32 // as the model has it before the step
	reference []float32 // as the reference has it; nil: nobody has asked
}

// size is the number of completions.
func (e *experience) size() int { return len(e.texts) }

// groups is the number of prompts.
func (e *experience) groups() int { return len(e.texts) / e.samples }

// rows is the number of tokens.
func (e *experience) rows() int { return len(e.drawn) }

// add takes in a completion of a prompt.
func (e *experience) add(prompt string, before []int32, c lm.Completion, a task.Answer) {
	if e.segment == nil {
		e.segment = []int32{0}
	}
	t := text{tokens: append(before[:len(before):len(before)], c.Tokens...), prompt: len(before)}
	e.prompts = append(e.prompts, prompt)
	e.texts = append(e.texts, t)
	e.answers = append(e.answers, a)
	e.drawn = append(e.drawn, c.LogProb...)
	e.segment = append(e.segment, int32(len(e.drawn)))
}

// take adds the groups of other that keep is true of. Neither may have log-probabilities
// of the model or the reference yet.
func (e *experience) take(other *experience, keep func(group int) bool) {
	if e.segment == nil {
		e.samples, e.segment = other.samples, []int32{0}
	}
	for i := range other.texts {
		if !keep(i / other.samples) {
			continue
		}
		e.prompts = append(e.prompts, other.prompts[i])
		e.texts = append(e.texts, other.texts[i])
		e.answers = append(e.answers, other.answers[i])
		e.score = append(e.score, other.score[i])
		e.gold = append(e.gold, other.gold[i])
		e.drawn = append(e.drawn, other.drawn[other.segment[i]:other.segment[i+1]]...)
		e.segment = append(e.segment, int32(len(e.drawn)))
	}
}

// Sample is a completion to look at. It is plain data.
type Sample struct {
	Step       int     `json:"step"`
	Prompt     string  `json:"prompt"`
	Completion string  `json:"completion"`
	Ended      bool    `json:"ended"` // by itself, and not by its length
	Reward     float64 `json:"reward"`
}

// shownGroups is how many groups of an experience are looked into.
const shownGroups = 4

// show returns the first completion of each of the first groups.
func (e *experience) show(step int) (shown []Sample) {
	for g := range min(shownGroups, e.groups()) {
		i := g * e.samples
		shown = append(shown, Sample{step, e.prompts[i], e.answers[i].Text, e.answers[i].Ended, e.score[i]})
	}
	return shown
}
