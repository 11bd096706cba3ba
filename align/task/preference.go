package task

import (
	"fmt"
	"strings"

	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/lm/token"
	"github.com/proximal-rl/proximal/seed"
)

// PreferenceOptions are the settings of [Preference]. The zero value is not
// valid; [DefaultPreferenceOptions] is. It is plain data.
type PreferenceOptions struct {
	// Letters of the alphabet, in its order.
	Letters string `toml:"letters"`
	// Those of the letters that are liked.
	Liked string `toml:"liked"`
	// Number of letters of a prompt.
	PromptLength int `toml:"prompt_length" range:"[1, 64]"`
	// Number of letters of an answer.
	Length int `toml:"length" range:"[1, 256]"`
	// Number of liked letters up to which more of them are better.
	Enough int `toml:"enough" range:"[0, 256]"`
	// What each liked letter beyond enough takes off the gold reward.
	Surfeit float64 `toml:"surfeit" range:"[0, 100]"`
	// How far the preference follows the gold reward: the log-odds for one unit more.
	Sharpness float64 `toml:"sharpness" range:"[0, 100]"`
	// Share of the labels that are turned round.
	Noise float64 `toml:"noise" range:"[0, 0.5]"`
	// Share of the prompts that training does not see; 0: all are trained on and evaluated.
	HeldOut float64 `toml:"held_out" range:"[0, 1)"`
}

// DefaultPreferenceOptions is the task in which a model that has learnt the
// language writes three liked letters of twelve, goes beyond enough once in 360
// times, and one label in ten is turned round.
func DefaultPreferenceOptions() PreferenceOptions {
	return PreferenceOptions{
		Letters: "abcdefgh", Liked: "ae",
		PromptLength: 4, Length: 12,
		Enough: 7, Surfeit: 2,
		Sharpness: 1, Noise: 0.1,
		HeldOut: usualShare,
	}
}

// Validate reports settings that do not go together.
func (o PreferenceOptions) Validate() error {
	if err := validateLetters("letters", o.Letters, 2); err != nil {
		return err
	}
	if err := validateLetters("liked", o.Liked, 1); err != nil {
		return err
	}
	if !only(o.Liked, o.Letters) || len(o.Liked) == len(o.Letters) {
		return fmt.Errorf("liked = %q: must be some of the letters %q, and not all", o.Liked, o.Letters)
	}
	if o.Enough > o.Length {
		return fmt.Errorf("enough = %d: must be at most length, which is %d", o.Enough, o.Length)
	}
	return nil
}

// Preference is the task of alignment from human feedback, with the human
// computed. A completion is a fixed number of letters; there is no end token. Its
// gold reward, which [Preference.Verify] gives, is for k liked letters
//
//	k                              k <= Enough
//	Enough − Surfeit·(k − Enough)  otherwise
//
// and the least of these for what is no completion. Training is not to see it. It
// sees comparisons by [Compare], labelled as Bradley and Terry have it, a share
// of them turned round:
//
//	P(a before b) = Noise + (1 − 2·Noise) / (1 + e^{−Sharpness·(gold(a) − gold(b))})
//
// Demonstrations are uniform over the letters, so k is binomial, pairs with k
// beyond Enough are rare, and a reward model learns little of what happens there:
// it tends to go on rising where gold falls. That is the point.
//
// Prompts are uniform over the letters too, a beginning that the completion goes
// on from. They do not matter to the gold reward. Accuracy, the share of
// completions with exactly Enough liked letters, says little here; the mean
// reward is what to look at.
//
// Make one with [NewPreference]. A Preference is never changed and safe for
// concurrent use.
type Preference struct {
	options PreferenceOptions
	spec    Spec
}

// NewPreference makes the task. The error is config.Problems.
func NewPreference(o PreferenceOptions) (*Preference, error) {
	if err := config.Check(o); err != nil {
		return nil, err
	}
	p := &Preference{options: o}
	p.spec = Spec{
		Name:          "preference",
		Summary:       "Write what is liked: a gold reward behind noisy comparisons.",
		Tokenizer:     characters(o.Letters, token.Special{Begin: begin}),
		MaxPrompt:     1 + o.PromptLength,
		MaxCompletion: o.Length,
		Worst:         min(0, p.gold(o.Length)),
		Best:          float64(o.Enough),
		HeldOut:       o.HeldOut,
	}
	return p, nil
}

// gold is the reward of k liked letters.
func (p *Preference) gold(k int) float64 {
	enough := p.options.Enough
	return float64(min(k, enough)) - float64(p.options.Surfeit*float64(max(0, k-enough)))
}

// Spec implements [Task].
func (p *Preference) Spec() Spec { return p.spec }

// Prompt implements [Task].
func (p *Preference) Prompt(rng *seed.Rand) string {
	return draw(rng, p.options.Letters, p.options.PromptLength)
}

// Verify implements [Task]: the gold reward.
func (p *Preference) Verify(prompt string, answer Answer) float64 {
	if !p.isText(prompt, p.options.PromptLength) || !p.isText(answer.Text, p.options.Length) {
		return p.spec.Worst
	}
	k := 0
	for _, letter := range p.options.Liked {
		k += strings.Count(answer.Text, string(letter))
	}
	return p.gold(k)
}

// isText reports whether a text is one of n letters.
func (p *Preference) isText(text string, n int) bool {
	return len(text) == n && only(text, p.options.Letters)
}

// Demonstrate implements [Demonstrator]: each text is equally likely.
func (p *Preference) Demonstrate(rng *seed.Rand, _ string) string {
	return draw(rng, p.options.Letters, p.options.Length)
}

// Prefer implements [Comparer].
func (p *Preference) Prefer(prompt, a, b string) float64 {
	difference := p.Verify(prompt, Answer{Text: a}) - p.Verify(prompt, Answer{Text: b})
	return bradleyTerry(p.options.Sharpness*difference, p.options.Noise)
}

// BayesAccuracy implements [Comparer], by the sum over all numbers of liked
// letters of both completions.
func (p *Preference) BayesAccuracy() float64 {
	o := p.options
	hits := binomial(o.Length, float64(len(o.Liked))/float64(len(o.Letters)))
	return bayesAccuracy(hits, func(k int) float64 { return o.Sharpness * p.gold(k) }, o.Noise)
}
