package align

import (
	"fmt"
	"slices"

	"github.com/proximal-rl/proximal/seed"
)

// ShapeSection is the section shape of a method's own: what is made of a reward before
// anything is learned from it. The steps are taken in the order of the settings. It is
// plain data: start from DefaultShape, which changes nothing; zero means zero.
type ShapeSection struct {
	// The reward of a completion that was cut off is multiplied by this or, if this is negative, replaced by it. 1: it stays.
	CutOff float64 `toml:"cut_off" range:"(-inf, 1]"`
	// Completions lose reward in proportion to how far they reach into so many last tokens before the longest length. 0: off.
	OverlongBuffer int `toml:"overlong_buffer" range:"[0, 1048576]"`
	// What a completion of the longest length loses.
	OverlongPenalty float64 `toml:"overlong_penalty" range:"[0, inf)"`
	// Rewards are kept within so much of 0. 0: off.
	Clip float64 `toml:"clip" range:"[0, inf)"`
}

// DefaultShape leaves rewards as they are.
func DefaultShape() ShapeSection { return ShapeSection{CutOff: 1, OverlongPenalty: 1} }

// fit reports a buffer that leaves no length without a penalty.
func (c ShapeSection) fit(method string, longest int) error {
	if c.OverlongBuffer > longest {
		return fmt.Errorf("%s.shape.overlong_buffer = %d: must be at most %d, the longest length of a completion", method, c.OverlongBuffer, longest)
	}
	return nil
}

// shape writes the shaped reward of each completion to dst. longest is the longest
// length there can be.
func (c ShapeSection) shape(dst []float64, e *experience, longest int) {
	for i, reward := range e.score {
		if !e.answers[i].Ended {
			reward = cutOff(reward, c.CutOff)
		}
		reward -= overlong(e.texts[i].length(), longest, c.OverlongBuffer, c.OverlongPenalty)
		if c.Clip > 0 {
			reward = min(max(reward, -c.Clip), c.Clip)
		}
		dst[i] = reward
	}
}

// cutOff is the reward of a completion that did not come to its end.
//
//	factor ≥ 0: factor·reward
//	factor < 0: factor
//
// Source: "stop properly" of ProRL v2, Hu et al. 2025, as OpenRLHF has it.
func cutOff(reward, factor float64) float64 {
	if factor < 0 {
		return factor
	}
	return factor * reward
}

// overlong is what a completion of n tokens loses for its length: nothing up to
// longest − buffer tokens, from there in proportion, and most at the longest.
//
//	penalty · clamp((n − (longest − buffer)) / buffer, 0, 1), 0 if buffer is 0
//
// Source: Yu et al. 2025 (DAPO), https://arxiv.org/abs/2503.14476, equation 13, whose
// penalty is 1.
func overlong(n, longest, buffer int, penalty float64) float64 {
	if over := n - (longest - buffer); buffer > 0 && over > 0 {
		return penalty * float64(min(over, buffer)) / float64(buffer)
	}
	return 0
}

// shuffleRewards deals the rewards of completions out anew.
func shuffleRewards(reward []float64, order *seed.Rand) {
	dealt, from := slices.Clone(reward), make([]int32, len(reward))
	for i := range from {
		from[i] = int32(i)
	}
	order.Shuffle(from)
	for i, k := range from {
		reward[i] = dealt[k]
	}
}

// clipAdvantages keeps advantages within ± most; 0: they stay.
func clipAdvantages(advantage []float32, most float64) {
	if bound := float32(most); bound > 0 {
		for i, a := range advantage {
			advantage[i] = min(max(a, -bound), bound)
		}
	}
}
