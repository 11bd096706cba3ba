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

	// forward writes normalised distribution parameters dist [rows,P].
	forward(dist, parameters, features []float32, rows int)

	// backward takes dDist [rows,P], the gradient by the raw distribution
	// parameters, adds the gradient by the head's own parameters to
	// dParameters and, unless it is nil, writes dFeatures. It may change dDist.
	backward(dFeatures, dParameters, dDist, parameters, features []float32, rows int)
}

// newHead picks the distribution for an action space.
func newHead(l *nn.Layout, in int, action space.Space) (head, error) {
	switch s := action.(type) {
	case space.Discrete:
		return categoricalHead{
			prob.Categorical{N: s.N},
			nn.NewLinear(l, "actor.head", in, s.N),
		}, nil
	case space.Box:
		return gaussianHead{
			prob.Gaussian{A: s.Size()},
			nn.NewLinear(l, "actor.head", in, s.Size()),
			l.Add("log_std", s.Size()),
		}, nil
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

func (h categoricalHead) forward(dist, parameters, features []float32, rows int) {
	h.logits.Forward(dist, parameters, features, rows)
	h.dist.Normalize(dist)
}

func (h categoricalHead) backward(dFeatures, dParameters, dDist, parameters, features []float32, rows int) {
	h.logits.Backward(dFeatures, dParameters, dDist, parameters, features, rows)
}

// gaussianHead computes the means of a Gaussian; its log standard deviations
// are parameters that do not depend on the observation.
type gaussianHead struct {
	dist prob.Gaussian
	mean nn.Linear
	std  nn.Tensor // [A], logarithms
}

func (h gaussianHead) distribution() prob.Distribution { return h.dist }
func (h gaussianHead) linear() nn.Linear               { return h.mean }
func (h gaussianHead) logStd() (nn.Tensor, bool)       { return h.std, true }

// forward computes the means into the front of dist and then spreads them out,
// last row first, so that no row is overwritten before it has moved.
func (h gaussianHead) forward(dist, parameters, features []float32, rows int) {
	n := h.dist.A
	h.mean.Forward(dist[:rows*n], parameters, features, rows)
	logStd := h.std.Of(parameters)
	for r := rows - 1; r >= 0; r-- {
		row := dist[2*n*r : 2*n*(r+1)]
		copy(row[:n], dist[n*r:n*(r+1)])
		copy(row[n:], logStd)
	}
}

// backward sums the gradient by the log standard deviations over the rows and
// closes the gaps between the gradients by the means.
func (h gaussianHead) backward(dFeatures, dParameters, dDist, parameters, features []float32, rows int) {
	n := h.dist.A
	dLogStd := h.std.Of(dParameters)
	for r := range rows {
		row := dDist[2*n*r : 2*n*(r+1)]
		for i, d := range row[n:] {
			dLogStd[i] += d
		}
		copy(dDist[n*r:n*(r+1)], row[:n])
	}
	h.mean.Backward(dFeatures, dParameters, dDist[:rows*n], parameters, features, rows)
}
