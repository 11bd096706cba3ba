package train

import (
	"math"
	"slices"

	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/internal/parallel"
)

// partialSums are blocks of parameters that several tasks fill, and that are then
// added in the order of the tasks, so that the sum does not depend on how many
// threads there are. They allocate nothing once they are made.
type partialSums struct {
	parts [][]float32
	used  int
	dst   []float32
	add   func(task, worker int) // addBlock as a function value, made once
}

// newPartialSums makes room for so many parts of size elements.
func newPartialSums(parts, size int) *partialSums {
	s := &partialSums{parts: make([][]float32, parts)}
	for i := range s.parts {
		s.parts[i] = make([]float32, size)
	}
	s.add = s.addBlock
	return s
}

// count is how many parts there are.
func (s *partialSums) count() int { return len(s.parts) }

// part returns a part, all zeros, to be filled.
func (s *partialSums) part(i int) []float32 {
	clear(s.parts[i])
	return s.parts[i]
}

// into writes the sum of the first parts to dst.
func (s *partialSums) into(dst []float32, parts int, pool *parallel.Pool) {
	s.dst, s.used = dst, parts
	pool.For(parallel.Shards(len(dst), sumBlock), s.add)
}

// addBlock adds one block of elements over the parts, in their order.
func (s *partialSums) addBlock(task, _ int) {
	lo, hi := parallel.Shard(task, len(s.dst), sumBlock)
	sum := s.dst[lo:hi]
	copy(sum, s.parts[0][lo:hi])
	for _, part := range s.parts[1:s.used] {
		kernel.Add(sum, part[lo:hi])
	}
}

// inner is the inner product of two blocks, in float64 beyond the length at which
// float32 would lose the small terms.
func inner(a, b []float32) (sum float64) {
	for block := range slices.Chunk(a, sumBlock) {
		sum += float64(kernel.Dot(block, b[:len(block)]))
		b = b[len(block):]
	}
	return sum
}

// isFinite reports whether x is neither infinite nor NaN.
func isFinite(x float64) bool { return math.Abs(x) <= math.MaxFloat64 }
