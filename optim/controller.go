package optim

import "fmt"

// Controller keeps a number of the algorithm, such as the coefficient of a KL
// penalty or the range of a clip, in step with a KL divergence measured after
// every update. How it answers is its [Law]; the value itself is all that a
// checkpoint has to hold.
//
// The zero value is not usable; call [NewController]. A Controller is used by
// one goroutine at a time.
type Controller struct {
	value, low, high float64
	law              Law
}

// Law says what a value is to become after an update of so many samples in which
// the KL divergence was measured as kl. Those of this package are safe for
// concurrent use.
type Law func(value, kl float64, samples int) float64

// NewController returns a controller that starts at value and stays within low
// and high. It panics unless 0 < low ≤ value ≤ high and all are finite: all laws
// multiply, so a value of 0 would stay 0.
func NewController(value, low, high float64, law Law) *Controller {
	if !(0 < low && low <= value && value <= high) || !finite(high) {
		panic("optim: controller is not within 0 < low <= value <= high")
	}
	return &Controller{value, low, high, law}
}

// Value returns the number to use in the next update.
func (c *Controller) Value() float64 { return c.value }

// Observe tells the controller what the last update did: the KL divergence and
// the number of samples.
//
//	value = law(value, kl, samples), within low and high
//
// If kl is NaN, which says nothing, the value stays as it is.
func (c *Controller) Observe(kl float64, samples int) {
	if kl == kl {
		c.value = min(max(c.law(c.value, kl, samples), c.low), c.high)
	}
}

// Restore sets the value to one that [Controller.Value] returned. If it is not
// within the bounds, the error says so and nothing changes.
func (c *Controller) Restore(value float64) error {
	if !(c.low <= value && value <= c.high) {
		return fmt.Errorf("restore controller: value is %v; must be in [%v, %v]", value, c.low, c.high)
	}
	c.value = value
	return nil
}

// ProportionalPenalty is a law for the coefficient of a KL penalty: it grows
// while the divergence is above the target and shrinks while it is below, in
// proportion to the relative error and to the number of samples n.
//
//	error = kl/target − 1, at least −0.2 and at most 0.2
//	value = value·(1 + error·n/horizon)
//
// It panics unless target and horizon are positive and finite.
//
// Source: Ziegler et al. 2019, https://arxiv.org/abs/1909.08593, section 2.2,
// with the horizon of the code that came with it, 10000.
func ProportionalPenalty(target, horizon float64) Law {
	checkTarget(target)
	if !(horizon > 0) || !finite(horizon) {
		panic("optim: horizon of a controller is not positive and finite")
	}
	return func(value, kl float64, samples int) float64 {
		off := min(max(kl/target-1, -0.2), 0.2)
		return value * (1 + float64(off*float64(samples)/horizon))
	}
}

// DoublingPenalty is a law for the coefficient of a KL penalty:
//
//	kl > 1.5·target: value = 2·value
//	kl < target/1.5: value = value/2
//
// It panics unless target is positive and finite.
//
// Source: Schulman et al. 2017, https://arxiv.org/abs/1707.06347, section 4.
func DoublingPenalty(target float64) Law {
	checkTarget(target)
	return func(value, kl float64, _ int) float64 {
		switch {
		case kl > 1.5*target:
			return 2 * value
		case kl < target/1.5:
			return value / 2
		}
		return value
	}
}

// AdaptiveStep is a law for what lets the policy move, the range of a clip or
// the learning rate, and so goes the other way: down if it moved too far.
//
//	kl > 2·target:     value = value/1.5
//	0 < kl < target/2: value = 1.5·value
//
// An update that moved nothing at all says nothing about the step. It panics
// unless target is positive and finite.
//
// Source: the adaptive learning rate of rl_games and rsl_rl; for the range of a
// clip ours.
func AdaptiveStep(target float64) Law {
	checkTarget(target)
	return func(value, kl float64, _ int) float64 {
		switch {
		case kl > 2*target:
			return value / 1.5
		case 0 < kl && kl < target/2:
			return 1.5 * value
		}
		return value
	}
}

func checkTarget(target float64) {
	if !(target > 0) || !finite(target) {
		panic("optim: target of a controller is not positive and finite")
	}
}
