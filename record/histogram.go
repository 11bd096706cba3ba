package record

import (
	"errors"
	"fmt"
	"slices"
)

// Histogram tells how many values of something lie where, under a name of the
// list [Metrics] that is marked as a histogram. The range from Low to High is cut
// into bins of equal width; one more bin lies below it and one above, without an
// end. The zero value counts nothing and is refused by every [Recorder]. It is
// plain data.
type Histogram struct {
	Name      string
	Low, High float64
	// Counts are of the values below Low, of those in each bin, its lower edge
	// included, and of those from High upwards.
	Counts []int
}

// Bins is the number of bins between Low and High.
func (h Histogram) Bins() int { return len(h.Counts) - 2 }

// Edge is where the i-th of these bins begins and the one before it ends:
//
//	Low + (High − Low)·i/Bins
//
// so that Edge(Bins()) is High. i may lie outside.
func (h Histogram) Edge(i int) float64 {
	if i == h.Bins() {
		return h.High
	}
	return h.Low + float64((h.High-h.Low)*float64(i)/float64(h.Bins()))
}

// Total is the number of values counted.
func (h Histogram) Total() int {
	total := 0
	for _, n := range h.Counts {
		total += n
	}
	return total
}

// check says why h is no histogram, if it is none.
func (h Histogram) check() error {
	switch {
	case len(h.Counts) < 3:
		return fmt.Errorf("number of counts is %d; must be at least 3", len(h.Counts))
	case !isFinite(h.Low) || !isFinite(h.High) || h.Low >= h.High:
		return fmt.Errorf("range is %v to %v; must be finite and not empty", h.Low, h.High)
	case slices.Min(h.Counts) < 0:
		return errors.New("a count is negative")
	case h.Total() <= 0:
		return errors.New("all counts are zero")
	}
	return nil
}
