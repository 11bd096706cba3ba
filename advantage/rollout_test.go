package advantage_test

import (
	"math"

	"pgregory.net/rapid"

	"github.com/proximal-rl/proximal/advantage"
)

// status is how a step ended, as an environment would say it.
type status struct{ terminated, truncated bool }

func (s status) ended() bool { return s.terminated || s.truncated }

// history is a rollout as it happened: [T,n] time-major, with the flags still
// there. finalValue counts only where a step ended; lastValue [n] is the value
// of the observation after the last row.
type history struct {
	n                         int
	gamma, lambda             float32
	reward, value, finalValue []float32
	end                       []status
	lastValue                 []float32
}

// arrays translates the flags as a rollout must, by the table in the package
// comment.
func (h history) arrays() (nextValue, discount, carry []float32) {
	rows := len(h.reward)
	nextValue, discount, carry = make([]float32, rows), make([]float32, rows), make([]float32, rows)
	following := append(append([]float32{}, h.value...), h.lastValue...)
	for i := range rows {
		nextValue[i], discount[i], carry[i] = following[i+h.n], h.gamma, h.lambda
		if h.end[i].ended() {
			nextValue[i], carry[i] = h.finalValue[i], 0
		}
		if h.end[i].terminated {
			discount[i] = 0
		}
	}
	return nextValue, discount, carry
}

func (h history) gae() []float32 {
	dst := make([]float32, len(h.reward))
	nextValue, discount, carry := h.arrays()
	advantage.GAE(dst, h.reward, h.value, nextValue, discount, carry, h.n)
	return dst
}

// steps returns the part of the history from step `from` up to but not
// including step `to`, as a rollout of its own.
func (h history) steps(from, to int) history {
	from, to = from*h.n, to*h.n
	part := h
	part.reward, part.value = h.reward[from:to], h.value[from:to]
	part.finalValue, part.end = h.finalValue[from:to], h.end[from:to]
	part.lastValue = append(append([]float32{}, h.value...), h.lastValue...)[to : to+h.n]
	return part
}

// textbook computes the estimate of row i from its definition, a sum over the
// rest of the episode in float64 that looks at the flags. bound is the largest
// error that rounding to float32 at each step of the recursion can cause.
func (h history) textbook(i int) (estimate, bound float64) {
	gamma, lambda := float64(h.gamma), float64(h.lambda)
	following := append(append([]float32{}, h.value...), h.lastValue...)
	weight, size, terms := 1.0, 0.0, 0.0
	for ; i < len(h.reward); i += h.n {
		next := float64(following[i+h.n])
		if h.end[i].ended() {
			next = float64(h.finalValue[i])
		}
		if h.end[i].terminated {
			next = 0
		}
		reward, value := float64(h.reward[i]), float64(h.value[i])
		estimate += weight * (reward + gamma*next - value)
		size += weight * (math.Abs(reward) + math.Abs(gamma*next) + math.Abs(value))
		terms++
		if h.end[i].ended() {
			break
		}
		weight *= gamma * lambda
	}
	// Three roundings make δ, three more each step back: times half an ulp.
	return estimate, (3 + 3*terms) * size * 0x1p-24
}

// drawHistory draws a rollout in which steps end in every way.
func drawHistory(t *rapid.T) history {
	n := rapid.IntRange(1, 4).Draw(t, "environments")
	rows := n * rapid.IntRange(1, 30).Draw(t, "steps")
	number := rapid.Float32Range(-100, 100)
	flags := rapid.SampledFrom([]status{
		{}, {}, {}, {}, {}, {}, {terminated: true}, {truncated: true}, {true, true},
	})
	unit := rapid.SampledFrom([]float32{0, 0.5, 0.9, 0.99, 1})
	return history{
		n:          n,
		gamma:      unit.Draw(t, "gamma"),
		lambda:     unit.Draw(t, "lambda"),
		reward:     rapid.SliceOfN(number, rows, rows).Draw(t, "reward"),
		value:      rapid.SliceOfN(number, rows, rows).Draw(t, "value"),
		finalValue: rapid.SliceOfN(number, rows, rows).Draw(t, "final value"),
		lastValue:  rapid.SliceOfN(number, n, n).Draw(t, "last value"),
		end:        rapid.SliceOfN(flags, rows, rows).Draw(t, "end"),
	}
}

// running fills a history of one environment in which nothing ends.
func running(gamma, lambda float32, reward, value []float32, lastValue float32) history {
	return history{
		n: 1, gamma: gamma, lambda: lambda,
		reward: reward, value: value, finalValue: make([]float32, len(reward)),
		end: make([]status, len(reward)), lastValue: []float32{lastValue},
	}
}
