package space

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/proximal-rl/proximal/seed"
)

// Box is rows of real numbers between bounds that belong to it. A side without
// a bound has an infinity there. The elements are those of an array of the given
// shape, the last index running fastest; no shape is that of a single number.
// The zero value lacks its bounds and is not valid. It is safe for concurrent use
// while nobody changes what its slices hold.
type Box struct {
	Low, High []float32
	Shape     []int
}

// NewBox returns the box between low and high, of the given shape or, without
// one, a vector. It keeps copies. It panics if there is no such box, for the
// reasons that [Box.Validate] gives.
func NewBox(low, high []float32, shape ...int) Box {
	if len(shape) == 0 {
		shape = []int{len(low)}
	}
	b := Box{Low: slices.Clone(low), High: slices.Clone(high), Shape: slices.Clone(shape)}
	if b.Validate() != nil {
		panic("space: impossible box")
	}
	return b
}

// Bounded returns the box of the given shape or, without one, of one element,
// whose elements all have the same bounds. It panics if there is no such box, for the reasons that [Box.Validate]
// gives.
func Bounded(low, high float32, shape ...int) Box {
	size, ok := elements(shape)
	if !ok {
		panic("space: impossible shape of a box")
	}
	return NewBox(slices.Repeat([]float32{low}, size), slices.Repeat([]float32{high}, size), shape...)
}

// elements returns the product of a shape; ok is false if a dimension is less
// than 1 or the product is too large.
func elements(shape []int) (size int, ok bool) {
	size = 1
	for _, n := range shape {
		if n < 1 || size > math.MaxInt32/n {
			return 0, false
		}
		size *= n
	}
	return size, true
}

// Size implements [Space]: the length of Low.
func (b Box) Size() int { return len(b.Low) }

// Contains implements [Space]: an element may be as large as its bounds and, on a
// side without one, infinite.
func (b Box) Contains(x []float32) bool {
	if len(x) != len(b.Low) {
		return false
	}
	for i, v := range x {
		if !(v >= b.Low[i] && v <= b.High[i]) {
			return false
		}
	}
	return true
}

// Sample implements [Space]. It draws for all elements without bounds first, then
// for those with a lower one alone, with an upper one alone, and with both:
//
//	rng.Normal()
//	rng.Exponential() + Low[i]
//	High[i] − rng.Exponential()
//	rng.Uniform(Low[i], High[i])
func (b Box) Sample(dst []float32, rng *seed.Rand) {
	checkLength(dst, b)
	b.fill(dst, false, false, func(_, _ float64) float64 { return rng.Normal() })
	b.fill(dst, true, false, func(low, _ float64) float64 { return rng.Exponential() + low })
	b.fill(dst, false, true, func(_, high float64) float64 { return high - rng.Exponential() })
	b.fill(dst, true, true, rng.Uniform)
}

// fill draws the elements that are bounded as given.
func (b Box) fill(dst []float32, below, above bool, draw func(low, high float64) float64) {
	for i := range dst {
		low, high := float64(b.Low[i]), float64(b.High[i])
		if !math.IsInf(low, -1) == below && !math.IsInf(high, 1) == above {
			dst[i] = float32(draw(low, high))
		}
	}
}

// Validate implements [Space]: each dimension of the shape must be at least 1,
// Low and High must have as many elements as the shape, no bound may be NaN, and
// there must be finite numbers between the bounds.
func (b Box) Validate() error {
	size, ok := elements(b.Shape)
	switch {
	case !ok:
		return fmt.Errorf("space: Box.Shape is %v, must have dimensions of 1 or more and less than 2^31 elements", b.Shape)
	case len(b.Low) != size:
		return fmt.Errorf("space: Box.Low has %d elements, must have %d, as the shape %v", len(b.Low), size, b.Shape)
	case len(b.High) != size:
		return fmt.Errorf("space: Box.High has %d elements, must have %d, as the shape %v", len(b.High), size, b.Shape)
	}
	for i, low := range b.Low {
		high := b.High[i]
		if !(low <= high) || math.IsInf(float64(low), 1) || math.IsInf(float64(high), -1) {
			return fmt.Errorf("space: Box.Low[%d] is %v and Box.High[%d] is %v, must be low <= high with finite numbers between", i, low, i, high)
		}
	}
	return nil
}

// String implements [Space]. Bounds that all elements share stand once; of many
// others only the first are shown.
func (b Box) String() string {
	dimensions := make([]string, len(b.Shape))
	for i, n := range b.Shape {
		dimensions[i] = strconv.Itoa(n)
	}
	bounds := "impossible bounds"
	if b.Validate() == nil {
		bounds = b.bounds()
	}
	return fmt.Sprintf("Box(%s) float32 in %s", strings.Join(dimensions, ", "), bounds)
}

// bounds writes the bounds of all elements.
func (b Box) bounds() string {
	for i := range b.Low {
		if b.Low[i] != b.Low[0] || b.High[i] != b.High[0] {
			return list(len(b.Low), "×", b.interval)
		}
	}
	return b.interval(0)
}

// interval writes the bounds of element i.
func (b Box) interval(i int) string {
	low, high := "(-∞", "∞)"
	if l := float64(b.Low[i]); !math.IsInf(l, -1) {
		low = "[" + strconv.FormatFloat(l, 'g', -1, 32)
	}
	if h := float64(b.High[i]); !math.IsInf(h, 1) {
		high = strconv.FormatFloat(h, 'g', -1, 32) + "]"
	}
	return low + ", " + high
}

// list joins n items, or the first few and an ellipsis if there are many.
func list(n int, separator string, item func(i int) string) string {
	const most = 6
	var s strings.Builder
	for i := range n {
		if i > 0 {
			s.WriteString(separator)
		}
		if i == most-1 && n > most {
			s.WriteString("…")
			break
		}
		s.WriteString(item(i))
	}
	return s.String()
}
