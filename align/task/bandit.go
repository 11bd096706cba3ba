package task

import (
	"strings"

	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/lm/token"
	"github.com/proximal-rl/proximal/seed"
)

// banditOptions are the settings of a bandit.
type banditOptions struct {
	// Number of machines, each a prompt of its own.
	Machines int `toml:"machines" range:"[1, 10]"`
	// Number of arms of each machine, one of which pays.
	Arms int `toml:"arms" range:"[2, 26]"`
}

const (
	machineNames = "0123456789"
	armNames     = "abcdefghijklmnopqrstuvwxyz"
)

// bandit is the shortest task: the prompt names a machine, "3", the completion
// is one letter, the arm to pull, and exactly one arm of each machine pays 1. The
// arms that pay are drawn once and for all; there is nothing to conclude from
// one machine to another, and so nothing is held out. Demonstrations pull any
// arm: imitation alone pays 1/Arms.
type bandit struct {
	options banditOptions
	spec    Spec
	pays    string // the arm of each machine that does
}

// newBandit makes the task.
func newBandit(o banditOptions) (*bandit, error) {
	if err := config.Check(o); err != nil {
		return nil, err
	}
	pays := make([]byte, o.Machines)
	for machine := range pays {
		pays[machine] = draw(seed.Stream(0, "bandit", machine), armNames[:o.Arms], 1)[0]
	}
	return &bandit{options: o, pays: string(pays), spec: Spec{
		Name:          "bandit",
		Summary:       "Pull the arm that pays: one token, right or wrong.",
		Tokenizer:     characters(machineNames[:o.Machines]+armNames[:o.Arms], token.Special{Begin: begin}),
		MaxPrompt:     2,
		MaxCompletion: 1,
		Best:          1,
	}}, nil
}

// Spec implements [Task].
func (b *bandit) Spec() Spec { return b.spec }

// Prompt implements [Task]: each machine is equally likely.
func (b *bandit) Prompt(rng *seed.Rand) string {
	return draw(rng, machineNames[:b.options.Machines], 1)
}

// Verify implements [Task]: 1 for the arm that pays.
func (b *bandit) Verify(prompt string, answer Answer) float64 {
	machine := strings.Index(machineNames[:b.options.Machines], prompt)
	if machine < 0 || len(prompt) != 1 || answer.Text != b.pays[machine:machine+1] {
		return 0
	}
	return 1
}

// Demonstrate implements [Demonstrator]: each arm is equally likely.
func (b *bandit) Demonstrate(rng *seed.Rand, _ string) string {
	return draw(rng, armNames[:b.options.Arms], 1)
}
