package align

import (
	"fmt"

	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/record"
)

// PenaltySection is the section penalty of a method's own: the price β of leaving
// the reference. It is plain data; start from DefaultPenalty.
type PenaltySection struct {
	// Coefficient β of the divergence from the reference: the reward that a nat costs. 0: off. With target the one to begin with.
	Coefficient float64 `toml:"coefficient" range:"[0, 1e6]"`
	// Where it is charged. reward: token by token, from the reward, before the advantages. loss: as a term of the loss.
	Place string `toml:"place" oneof:"reward loss"`
	// Estimator of a token's divergence from d, its log-probability less that by the reference. k1: d. k2: d²/2. k3: exp(−d) − 1 + d. abs: |d|. In the reward k1 is exact; in the loss k1 has no effect in the mean, and k2 has the right gradient.
	Estimator string `toml:"estimator" oneof:"k1 k2 k3 abs"`
	// The estimate of a token is kept within ± this. 0: as it is.
	Limit float64 `toml:"limit" range:"[0, inf)"`
	// In the loss, each token's estimate is weighted with its probability ratio to the policy before the step, which gives k1 and k3 the gradient of the divergence.
	Weighted bool `toml:"weighted"`
	// Divergence from the reference to which β is adapted, in nats of a whole completion, as policy/kl_reference. 0: β is fixed.
	Target float64 `toml:"target" range:"[0, inf)"`
	// How it is adapted. proportional: by the relative error, at most 20 %, once in horizon completions (Ziegler et al. 2019). doubling: by a factor of 2 in each step whose divergence is off by a factor of more than 1.5 (Schulman et al. 2017).
	Law string `toml:"law" oneof:"proportional doubling"`
	// Law proportional: completions in which it answers to the whole of an error.
	Horizon float64 `toml:"horizon" range:"(0, inf)"`
}

// The values of place, and one of law.
const (
	placeReward = "reward"
	placeLoss   = "loss"
	lawDoubling = "doubling"
)

// DefaultPenalty charges nothing. What it would charge is Ziegler et al.'s: k1 in
// the reward, a β that they adapt within 10,000 completions.
func DefaultPenalty() PenaltySection {
	return PenaltySection{Place: placeReward, Estimator: "k1", Law: "proportional", Horizon: 10_000}
}

// Validate reports settings that contradict each other.
func (c PenaltySection) Validate() error {
	switch {
	case c.Target > 0 && c.Coefficient == 0:
		return fmt.Errorf("coefficient = %v: must be above 0 where target is set", c.Coefficient)
	case c.Weighted && c.Place != placeLoss:
		return fmt.Errorf("weighted = %v: must be false where place is %s: a reward has no gradient", c.Weighted, c.Place)
	}
	return nil
}

// penalty charges for the divergence from the reference. It is used by one
// goroutine at a time.
type penalty struct {
	PenaltySection
	estimate   objective.Estimator
	controller *optim.Controller // of β; nil: fixed
}

func newPenalty(c PenaltySection) *penalty {
	p := &penalty{PenaltySection: c, estimate: estimator(c.Estimator)}
	if c.Limit > 0 {
		p.estimate = objective.Clamped(p.estimate, c.Limit)
	}
	if c.Target > 0 {
		law := optim.ProportionalPenalty(c.Target, c.Horizon)
		if c.Law == lawDoubling {
			law = optim.DoublingPenalty(c.Target)
		}
		p.controller = optim.NewController(c.Coefficient, min(c.Coefficient, 1e-6), 1e6, law)
	}
	return p
}

// estimator is the KL estimator of the given name.
func estimator(name string) objective.Estimator {
	for _, e := range objective.Estimators() {
		if e.Name == name {
			return e.Of
		}
	}
	panic("align: there is no KL estimator " + name) // the settings were not checked
}

// inReward and inLoss say where the penalty is charged, if it is.
func (p *penalty) inReward() bool { return p.Coefficient > 0 && p.Place == placeReward }
func (p *penalty) inLoss() bool   { return p.Coefficient > 0 && p.Place == placeLoss }

// beta is the coefficient in force.
func (p *penalty) beta() float64 {
	if p.controller != nil {
		return p.controller.Value()
	}
	return p.Coefficient
}

// charge takes the penalty out of the rewards of the tokens:
//
//	reward[i] −= β·k(logProb[i] − reference[i])
func (p *penalty) charge(reward []float32, e *experience) {
	if p.inReward() {
		objective.KLInReward(reward, e.logProb, e.reference, nil, p.beta(), p.estimate)
	}
}

// chargeWhole takes it out of the rewards of whole completions, in which its tokens
// add up:
//
//	reward[k] −= β·Σ_i k(logProb[i] − reference[i])
func (p *penalty) chargeWhole(reward []float64, e *experience) {
	if !p.inReward() {
		return
	}
	for k := range reward {
		reward[k] -= float64(p.beta() * e.divergence(k, p.estimate))
	}
}

// loss is the penalty as a term of the loss, with its coefficient. It adds the
// derivatives to those that are there. old are the log-probabilities before the
// step.
func (p *penalty) loss(dLogProb, logProb, old, reference, weight []float32) float64 {
	if !p.inLoss() {
		return 0
	}
	beta := p.beta()
	if p.Weighted {
		return beta * objective.WeightedKLInLoss(dLogProb, logProb, old, reference, weight, beta, p.estimate)
	}
	return beta * objective.KLInLoss(dLogProb, logProb, reference, weight, beta, p.estimate)
}

// observe lets β answer to the divergence of a step's completions from the
// reference, measured before the step. What has no coefficient is not adapted.
func (p *penalty) observe(e *experience) {
	if p.controller != nil {
		p.controller.Observe(e.meanDivergence(objective.K1), e.size())
	}
}

// divergence estimates how far a completion is from the reference: the sum over its
// tokens.
func (e *experience) divergence(completion int, of objective.Estimator) float64 {
	sum := 0.0
	for i := e.segment[completion]; i < e.segment[completion+1]; i++ {
		estimate, _ := of(float64(e.logProb[i]) - float64(e.reference[i]))
		sum += estimate
	}
	return sum
}

// meanDivergence estimates KL(model‖reference) of whole completions: by k1 without a
// bias, by k3 without a negative number.
func (e *experience) meanDivergence(of objective.Estimator) float64 {
	sum := 0.0
	for k := range e.size() {
		sum += e.divergence(k, of)
	}
	return sum / float64(e.size())
}

// report adds the coefficient in force to a row, if there is one.
func (p *penalty) report(row *record.Row) {
	if p.Coefficient > 0 {
		row.Add(record.OptimKLReferenceCoefficient, p.beta())
	}
}
