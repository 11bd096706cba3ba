package policy

import (
	"math"
	"slices"
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
	moments   []Moments // [D]
	clip      float64
	deviation []float64 // [D] √(variance + 1e-8)
}

// NewNormalizer makes a normaliser for observations of the given width.
func NewNormalizer(width int, clip float64) *Normalizer {
	n := &Normalizer{
		moments:   make([]Moments, width),
		clip:      clip,
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
	c.moments, c.deviation = slices.Clone(n.moments), slices.Clone(n.deviation)
	return &c
}

// refresh recomputes what is derived from the statistics.
func (n *Normalizer) refresh() {
	for i, m := range n.moments {
		n.deviation[i] = m.Deviation()
	}
}

// Update adds B observations [B,D] to the statistics, in the order of rows. It
// panics if obs is not a whole number of rows.
func (n *Normalizer) Update(obs []float32) {
	rows, width := len(obs)/n.width(obs), len(n.moments)
	for i := range n.moments {
		n.moments[i].add(obs, i, width, rows)
	}
	n.refresh()
}

// Normalize writes the normalised rows of obs [B,D] to dst, which may be obs. It
// panics if obs is not a whole number of rows or dst is shorter.
func (n *Normalizer) Normalize(dst, obs []float32) {
	width := n.width(obs)
	for j := 0; j < len(obs); j += width {
		for i, x := range obs[j : j+width] {
			y := (float64(x) - n.moments[i].Mean) / n.deviation[i]
			dst[j+i] = float32(min(max(y, -n.clip), n.clip))
		}
	}
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
func (m *Moments) Add(batch []float32) { m.add(batch, 0, 1, len(batch)) }

// add merges every stride-th number from the given one on, count numbers in all.
func (m *Moments) add(x []float32, first, stride, count int) {
	if count == 0 {
		return
	}
	rows := float64(count)
	mean := 0.0
	for j := first; j < len(x); j += stride {
		mean += float64(x[j])
	}
	mean /= rows
	variance := 0.0
	for j := first; j < len(x); j += stride {
		d := float64(x[j]) - mean
		variance += float64(d * d)
	}
	variance /= rows

	total := m.Count + rows
	delta := mean - m.Mean
	m.Mean += float64(delta*rows) / total
	sum := float64(m.Variance*m.Count) + float64(variance*rows)
	sum += float64(float64(delta*delta)*m.Count) * rows / total
	m.Variance = sum / total
	m.Count = total
}
