package task

import (
	"fmt"
	"math"
	"strings"

	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/lm/token"
	"github.com/proximal-rl/proximal/seed"
)

// TiltOptions are the settings of [Tilt]. The zero value is not valid;
// [DefaultTiltOptions] is. It is plain data.
type TiltOptions struct {
	// Letters of the alphabet, in its order.
	Letters string `toml:"letters"`
	// Number of letters of an answer.
	Length int `toml:"length" range:"[1, 12]"`
}

// DefaultTiltOptions is the language of two letters from {a, b}.
func DefaultTiltOptions() TiltOptions { return TiltOptions{Letters: "ab", Length: 2} }

// Validate reports letters that make no language, or too large a one to list.
func (o TiltOptions) Validate() error {
	if err := validateLetters("letters", o.Letters, 2); err != nil {
		return err
	}
	if size := math.Pow(float64(len(o.Letters)), float64(o.Length)); size > maxLanguage {
		return fmt.Errorf("length = %d: makes %.0f texts, must be at most %d", o.Length, size, maxLanguage)
	}
	return nil
}

// maxLanguage is how many texts a language may have that is listed.
const maxLanguage = 1 << 16

// Tilt is the task that has a closed form. Its language is every text of a fixed
// length over an alphabet; the prompt is empty; there is no end token. The reward is the number of
// times that the first letter occurs. So training with a price β on the KL
// divergence from a reference policy ρ must come to
//
//	π*(y) = ρ(y)·e^{R(y)/β} / Σ_z ρ(z)·e^{R(z)/β}
//
// which [Tilt.Optimum] computes. Demonstrations are uniform over the language,
// and so is the ρ of a model that has learnt them. Comparisons follow Bradley and
// Terry without noise, P(a before b) = 1/(1 + e^{R(b)−R(a)}): DPO with the same β
// on them has the same optimum.
//
// There is one prompt, so nothing is held out. Make one with [NewTilt]. A Tilt is
// never changed and safe for concurrent use.
type Tilt struct {
	options TiltOptions
	spec    Spec
}

// NewTilt makes the task. The error is config.Problems.
func NewTilt(o TiltOptions) (*Tilt, error) {
	if err := config.Check(o); err != nil {
		return nil, err
	}
	return &Tilt{options: o, spec: Spec{
		Name:          "tilt",
		Summary:       "Write the first letter often: an enumerable language whose best policy has a closed form.",
		Tokenizer:     characters(o.Letters, token.Special{Begin: begin}),
		MaxPrompt:     1,
		MaxCompletion: o.Length,
		Best:          float64(o.Length),
	}}, nil
}

// Spec implements [Task].
func (t *Tilt) Spec() Spec { return t.spec }

// Prompt implements [Task]: there is only the empty one.
func (t *Tilt) Prompt(*seed.Rand) string { return "" }

// Verify implements [Task]: how often the first letter occurs in a text of the
// language, and 0 for what is none.
func (t *Tilt) Verify(prompt string, answer Answer) float64 {
	if prompt != "" || len(answer.Text) != t.options.Length || !only(answer.Text, t.options.Letters) {
		return t.spec.Worst
	}
	return float64(strings.Count(answer.Text, t.options.Letters[:1]))
}

// Demonstrate implements [Demonstrator]: each text is equally likely.
func (t *Tilt) Demonstrate(rng *seed.Rand, _ string) string {
	return draw(rng, t.options.Letters, t.options.Length)
}

// Prefer implements [Comparer].
func (t *Tilt) Prefer(prompt, a, b string) float64 {
	return bradleyTerry(t.Verify(prompt, Answer{Text: a})-t.Verify(prompt, Answer{Text: b}), 0)
}

// BayesAccuracy implements [Comparer].
func (t *Tilt) BayesAccuracy() float64 {
	hits := binomial(t.options.Length, 1/float64(len(t.options.Letters)))
	return bayesAccuracy(hits, func(k int) float64 { return float64(k) }, 0)
}

// Language returns all texts: the first letter of the alphabet comes first, and
// the last letter of a text changes fastest.
func (t *Tilt) Language() []string {
	texts := []string{""}
	for range t.options.Length {
		longer := make([]string, 0, len(texts)*len(t.options.Letters))
		for _, text := range texts {
			for _, letter := range t.options.Letters {
				longer = append(longer, text+string(letter))
			}
		}
		texts = longer
	}
	return texts
}

// Optimum returns the policy with the largest E[R] − β·KL(π‖ρ).
//
//	π*(y) = ρ(y)·e^{(R(y)−m)/β} / Σ_z ρ(z)·e^{(R(z)−m)/β}    m = max R
//
// reference is ρ, in the order of [Tilt.Language]; β > 0. It panics if there is
// not a probability for each text, or β is not positive.
//
// Source: R. Rafailov et al., "Direct Preference Optimization" (2023), equation
// 4. The largest reward is taken off before it is raised, lest it overflow.
func (t *Tilt) Optimum(reference []float64, beta float64) []float64 {
	language := t.Language()
	if len(reference) != len(language) {
		panic("task: reference must have a probability for each text of the language")
	}
	if !(beta > 0) {
		panic("task: beta must be positive")
	}
	policy, sum := make([]float64, len(language)), 0.0
	for i, text := range language {
		policy[i] = reference[i] * exp((t.Verify("", Answer{Text: text})-t.spec.Best)/beta)
		sum += policy[i]
	}
	for i := range policy {
		policy[i] /= sum
	}
	return policy
}
