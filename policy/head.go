package policy

import (
	"fmt"

	"github.com/proximal-rl/proximal/nn"
	"github.com/proximal-rl/proximal/prob"
	"github.com/proximal-rl/proximal/space"
)

// head turns the actor's features into rows of distribution parameters.
type head interface {
	distribution() prob.Distribution
	linear() nn.Linear
	logStd() (nn.Tensor, bool)

	// noise is how the features decide on the noise of an action, if they do. A
	// head that has it is walked through with a tape of it, others with nil.
	noise() (prob.StateNoise, bool)

	// forward writes normalised distribution parameters dist [rows,P].
	forward(tape *prob.NoiseTape, dist, parameters, features []float32, rows int)

	// backward takes dDist [rows,P], the gradient by the raw distribution
	// parameters, adds the gradient by the head's own parameters to
	// dParameters and, unless it is nil, writes dFeatures. It may change dDist.
	backward(tape *prob.NoiseTape, dFeatures, dParameters, dDist, parameters, features []float32, rows int)

	// jvp follows forward on the same tape and writes to vDist [rows,P] how the
	// raw distribution parameters change, to first order, while parameters move
	// along v and features along vFeatures [rows,F], or not at all if that is
	// nil. room is at least as long as vDist.
	jvp(tape *prob.NoiseTape, vDist, room, v, parameters, features, vFeatures []float32, rows int)
}

// newHead picks the distribution for an action space.
func newHead(l *nn.Layout, in int, action space.Space, stateNoise bool) (head, error) {
	if _, ok := action.(space.Box); stateNoise && !ok {
		return nil, fmt.Errorf("policy: state_dependent_noise with actions in %v: they must be in a Box; set it to false", action)
	}
	switch s := action.(type) {
	case space.Discrete:
		return categoricalHead{
			prob.Categorical{N: s.N},
			nn.NewLinear(l, "actor.head", in, s.N),
		}, nil
	case space.Box:
		n := s.Size()
		mean := nn.NewLinear(l, "actor.head", in, n)
		if stateNoise {
			std := l.Add("log_std", in, n)
			return stateNoiseHead{gaussianHead{prob.Gaussian{A: n}, mean, std}, prob.StateNoise{F: in, A: n}}, nil
		}
		return gaussianHead{prob.Gaussian{A: n}, mean, l.Add("log_std", n)}, nil
	}
	return nil, fmt.Errorf("policy: no distribution for actions in %v: must be Discrete or Box", action)
}

// categoricalHead computes the logits of a categorical distribution.
type categoricalHead struct {
	dist   prob.Categorical
	logits nn.Linear
}

func (h categoricalHead) distribution() prob.Distribution { return h.dist }
func (h categoricalHead) linear() nn.Linear               { return h.logits }
func (h categoricalHead) logStd() (nn.Tensor, bool)       { return nn.Tensor{}, false }
func (h categoricalHead) noise() (prob.StateNoise, bool)  { return prob.StateNoise{}, false }

func (h categoricalHead) forward(_ *prob.NoiseTape, dist, parameters, features []float32, rows int) {
	h.logits.Forward(dist, parameters, features, rows)
	h.dist.Normalize(dist)
}

func (h categoricalHead) backward(_ *prob.NoiseTape, dFeatures, dParameters, dDist, parameters, features []float32, rows int) {
	h.logits.Backward(dFeatures, dParameters, dDist, parameters, features, rows)
}

// gaussianHead computes the means of a Gaussian; its log standard deviations
// are parameters that do not depend on the observation.
type gaussianHead struct {
	dist prob.Gaussian
	mean nn.Linear
	std  nn.Tensor // logarithms, [A]
}

func (h gaussianHead) distribution() prob.Distribution { return h.dist }
func (h gaussianHead) linear() nn.Linear               { return h.mean }
func (h gaussianHead) logStd() (nn.Tensor, bool)       { return h.std, true }
func (h gaussianHead) noise() (prob.StateNoise, bool)  { return prob.StateNoise{}, false }

func (h gaussianHead) forward(_ *prob.NoiseTape, dist, parameters, features []float32, rows int) {
	h.forwardMean(dist, parameters, features, rows)
	n, logStd := h.dist.A, h.std.Of(parameters)
	for at := n; at < 2*n*rows; at += 2 * n {
		move(dist[at:at+n], logStd)
	}
}

// forwardMean computes the means into the front of dist and then spreads them
// out, last row first, so that no row is overwritten before it has moved.
func (h gaussianHead) forwardMean(dist, parameters, features []float32, rows int) {
	n := h.dist.A
	h.mean.Forward(dist[:rows*n], parameters, features, rows)
	for r := rows - 1; r > 0; r-- {
		move(dist[2*n*r:2*n*r+n], dist[n*r:n*(r+1)])
	}
}

// backward sums the gradient by the log standard deviations over the rows.
func (h gaussianHead) backward(_ *prob.NoiseTape, dFeatures, dParameters, dDist, parameters, features []float32, rows int) {
	n, dLogStd := h.dist.A, h.std.Of(dParameters)
	for r := range rows {
		for i, d := range dDist[2*n*r+n : 2*n*(r+1)] {
			dLogStd[i] += d
		}
	}
	h.backwardMean(dFeatures, dParameters, dDist, parameters, features, rows)
}

// backwardMean closes the gaps between the gradients by the means, first row
// first, and walks on through their layer.
func (h gaussianHead) backwardMean(dFeatures, dParameters, dDist, parameters, features []float32, rows int) {
	n := h.dist.A
	for r := 1; r < rows; r++ {
		move(dDist[n*r:n*(r+1)], dDist[2*n*r:2*n*r+n])
	}
	h.mean.Backward(dFeatures, dParameters, dDist[:rows*n], parameters, features, rows)
}

// move is copy for the few elements of an action, for which a call costs more
// than the loop. The two do not overlap.
func move(dst, src []float32) {
	dst = dst[:len(src)]
	//lint:ignore S1001 copy is what this is instead of
	for i, x := range src {
		dst[i] = x
	}
}

// stateNoiseHead is a gaussianHead whose log standard deviations, [F,A], are
// those of the weights that turn features into noise; what they make of the
// features are those of the action.
type stateNoiseHead struct {
	gaussianHead
	rule prob.StateNoise
}

func (h stateNoiseHead) noise() (prob.StateNoise, bool) { return h.rule, true }

func (h stateNoiseHead) forward(tape *prob.NoiseTape, dist, parameters, features []float32, rows int) {
	h.forwardMean(dist, parameters, features, rows)
	h.rule.Forward(tape, dist, h.std.Of(parameters), features)
}

func (h stateNoiseHead) backward(tape *prob.NoiseTape, dFeatures, dParameters, dDist, parameters, features []float32, rows int) {
	h.rule.Backward(tape, h.std.Of(dParameters), dDist)
	h.backwardMean(dFeatures, dParameters, dDist, parameters, features, rows)
}
