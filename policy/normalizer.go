package policy

import (
	"math"
	"slices"

	"github.com/proximal-rl/proximal/internal/kernel"
)

// Normalizer shifts and scales observations by their running mean and
// variance:
//
//	y = clip((x − mean)/√(variance + 1e-8), −clip, clip)
//
// Source: Stable-Baselines3's VecNormalize, followed in all constants. Normalize
// may be called by several goroutines as long as none calls Update. The zero value
// is not usable.
type Normalizer struct {
	moments []Moments // [D]
	clip    float64

	mean, deviation []float64 // [D] derived from moments: as there, and √(variance + 1e-8)
}

// NewNormalizer makes a normaliser for observations of the given width.
func NewNormalizer(width int, clip float64) *Normalizer {
	n := &Normalizer{
		moments:   make([]Moments, width),
		clip:      clip,
		mean:      make([]float64, width),
		deviation: make([]float64, width),
	}
	for i := range n.moments {
		n.moments[i] = NewMoments()
	}
	n.refresh()
	return n
}

// Moments returns the statistics of each element of an observation. The caller
// must not change the slice.
func (n *Normalizer) Moments() []Moments { return n.moments }

// clone returns a copy that shares nothing.
func (n *Normalizer) clone() *Normalizer {
	c := *n
	c.moments = slices.Clone(n.moments)
	c.mean, c.deviation = slices.Clone(n.mean), slices.Clone(n.deviation)
	return &c
}

// refresh recomputes what is derived from the statistics.
func (n *Normalizer) refresh() {
	for i, m := range n.moments {
		n.mean[i], n.deviation[i] = m.Mean, m.Deviation()
	}
}

// Update adds B observations [B,D] to the statistics, in the order of rows. It
// panics if obs is not a whole number of rows.
func (n *Normalizer) Update(obs []float32) {
	width := n.width(obs)
	rows := len(obs) / width
	if rows == 0 {
		return
	}
	mean, variance := n.mean, n.deviation // of the batch, until they are refreshed
	kernel.ColumnMoments(mean, variance, obs, rows, width)
	for i := range n.moments {
		n.moments[i].merge(mean[i], variance[i], float64(rows))
	}
	n.refresh()
}

// Normalize writes the normalised rows of obs [B,D] to dst, which may be obs. It
// panics if obs is not a whole number of rows or dst is shorter.
func (n *Normalizer) Normalize(dst, obs []float32) {
	width := n.width(obs)
	if len(dst) < len(obs) {
		panic("policy: room for normalised observations is too short")
	}
	kernel.Standardize(dst[:len(obs)], obs, n.mean, n.deviation, n.clip, len(obs)/width, width)
}

// width is D. It panics if obs is not a whole number of rows.
func (n *Normalizer) width(obs []float32) int {
	if len(obs)%len(n.moments) != 0 {
		panic("policy: observations are not a whole number of rows")
	}
	return len(n.moments)
}

// Moments are the running mean and (population) variance of a stream of
// numbers. It is plain data; use NewMoments, because the zero value would divide
// by zero.
type Moments struct {
	Mean, Variance float64
	Count          float64 // numbers seen, plus the weight of the start
}

// NewMoments starts at mean 0 and variance 1 with the weight of 1e-4 numbers,
// as Stable-Baselines3's RunningMeanStd.
func NewMoments() Moments { return Moments{Mean: 0, Variance: 1, Count: 1e-4} }

// Deviation is √(variance + 1e-8).
func (m Moments) Deviation() float64 { return math.Sqrt(m.Variance + 1e-8) }

// Add merges a batch of numbers. With δ = batch mean − mean, B numbers in the
// batch and N = count + B:
//
//	mean     += δ·B/N
//	variance  = (variance·count + batch variance·B + δ²·count·B/N)/N
//	count     = N
//
// Source: Chan, Golub and LeVeque 1979.
func (m *Moments) Add(batch []float32) {
	if len(batch) == 0 {
		return
	}
	rows := float64(len(batch))
	mean := 0.0
	for _, x := range batch {
		mean += float64(x)
	}
	mean /= rows
	variance := 0.0
	for _, x := range batch {
		d := float64(x) - mean
		variance += float64(d * d)
	}
	m.merge(mean, variance/rows, rows)
}

// merge is Add for a batch of which mean, variance and number are known.
func (m *Moments) merge(mean, variance, rows float64) {
	total := m.Count + rows
	delta := mean - m.Mean
	m.Mean += float64(delta*rows) / total
	sum := float64(m.Variance*m.Count) + float64(variance*rows)
	sum += float64(float64(delta*delta)*m.Count) * rows / total
	m.Variance = sum / total
	m.Count = total
}
