package policy_test

import (
	"math"
	"slices"

	"github.com/proximal-rl/proximal/nn"
)

// model is an actor-critic and the loss of PPO in float64, written from the
// formulas and without the packages that policy is made of. It finds its
// tensors by name in a block of a policy's layout.
type model struct {
	tensors map[string]nn.Tensor
	shape   shape
	// frozen are the parameters that state-dependent noise has its features from:
	// what they do there is no part of the gradient.
	frozen []float64
}

// shape is what a network looks like.
type shape struct {
	Choices             int // of a discrete action, or
	Dimensions          int // of a continuous one
	Trunk               []int
	Actor               []int
	Critic              []int
	Activation          nn.Activation
	StateNoise          bool `json:"state_dependent_noise"`
	observationElements int
}

func newModel(layout *nn.Layout, s shape) *model {
	m := &model{tensors: map[string]nn.Tensor{}, shape: s}
	for _, t := range layout.Tensors() {
		m.tensors[t.Name] = t
	}
	return m
}

// linear is x·W + b for one row.
func (m *model) linear(name string, parameters, x []float64) []float64 {
	weight := parameters[m.tensors[name+".weight"].Offset:]
	bias := m.tensors[name+".bias"]
	y := append([]float64(nil), parameters[bias.Offset:bias.Offset+bias.Size()]...)
	for k, v := range x {
		for j := range y {
			y[j] += v * weight[k*len(y)+j]
		}
	}
	return y
}

// stack is a hidden part of the network for one row.
func (m *model) stack(name string, layers int, parameters, x []float64) []float64 {
	for i := range layers {
		x = m.linear(name+"."+string(rune('0'+i)), parameters, x)
		for j, v := range x {
			if m.shape.Activation == nn.Tanh {
				x[j] = math.Tanh(v)
			} else {
				x[j] = math.Max(v, 0)
			}
		}
	}
	return x
}

// evaluate returns what the loss needs of one row.
func (m *model) evaluate(parameters, obs, action []float64) (logProb, entropy, value float64) {
	features := m.features(parameters, obs)
	value = m.linear("critic.head", parameters, m.stack("critic", len(m.shape.Critic), parameters, features))[0]
	head := m.linear("actor.head", parameters, m.actor(parameters, features))
	if m.shape.Choices > 0 {
		logProb, entropy = categorical64(head, int(action[0]))
		return logProb, entropy, value
	}
	for i, mean := range head {
		std := m.deviation(i, parameters, obs)
		z := (action[i] - mean) / std
		logProb -= z*z/2 + math.Log(std*math.Sqrt(2*math.Pi))
		entropy += math.Log(std * math.Sqrt(2*math.Pi*math.E))
	}
	return logProb, entropy, value
}

// features is what actor and critic have in common.
func (m *model) features(parameters, obs []float64) []float64 {
	return m.stack("trunk", len(m.shape.Trunk), parameters, slices.Clone(obs))
}

// actor is what the actor's head sees.
func (m *model) actor(parameters, features []float64) []float64 {
	return m.stack("actor", len(m.shape.Actor), parameters, slices.Clone(features))
}

// deviation is the standard deviation of dimension i of a continuous action.
func (m *model) deviation(i int, parameters, obs []float64) float64 {
	logStd := parameters[m.tensors["log_std"].Offset:]
	if !m.shape.StateNoise {
		return math.Exp(logStd[i])
	}
	variance := 1e-6
	for k, x := range m.actor(m.frozen, m.features(m.frozen, obs)) {
		spread := x * math.Exp(logStd[k*m.shape.Dimensions+i])
		variance += spread * spread
	}
	return math.Sqrt(variance)
}

func categorical64(logits []float64, choice int) (logProb, entropy float64) {
	sum := 0.0
	for _, z := range logits {
		sum += math.Exp(z)
	}
	for _, z := range logits {
		p := math.Exp(z) / sum
		entropy -= p * math.Log(p)
	}
	return logits[choice] - math.Log(sum), entropy
}

// losses64 are the three parts of the loss, means over the rows.
type losses64 struct{ policy, value, entropy float64 }

// loss is that of PPO for rows of experience.
func (m *model) loss(parameters []float64, e *experience) losses64 {
	var l losses64
	advantage := normalized64(widen(e.Advantage))
	obs, action := widen(e.Obs), widen(e.Action)
	width := len(action) / len(advantage)
	for i, a := range advantage {
		row := obs[i*m.shape.observationElements : (i+1)*m.shape.observationElements]
		logProb, entropy, value := m.evaluate(parameters, row, action[i*width:(i+1)*width])

		ratio := math.Exp(logProb - float64(e.OldLogProb[i]))
		clipped := math.Min(math.Max(ratio, 1-e.ClipLow), 1+e.ClipHigh)
		l.policy -= math.Min(ratio*a, clipped*a)

		target := float64(e.Return[i])
		squared := (value - target) * (value - target)
		if old := float64(e.OldValue[i]); e.ValueClip > 0 {
			near := old + math.Min(math.Max(value-old, -e.ValueClip), e.ValueClip) - target
			squared = math.Max(squared, near*near)
		}
		l.value += squared
		l.entropy += entropy
	}
	n := float64(len(advantage))
	return losses64{l.policy / n, l.value / n, l.entropy / n}
}

// total weighs the parts.
func (l losses64) total(e *experience) float64 {
	return l.policy + e.ValueCoefficient*l.value - e.EntropyCoefficient*l.entropy
}

func normalized64(x []float64) []float64 {
	n, mean, variance := float64(len(x)), 0.0, 0.0
	for _, v := range x {
		mean += v / n
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / (n - 1)
	}
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = (v - mean) / (math.Sqrt(variance) + 1e-8)
	}
	return y
}

func widen(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}
