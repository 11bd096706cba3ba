package gradcheck

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Compare fails the test if got, a gradient worked out by hand, is further from
// want, a measured one, than the given fraction of want's length:
//
//	sqrt(Σ (got − want)²) > relativeL2 · sqrt(Σ want²)
//
// A value that is not finite, in either, fails as well. The report names the
// distance and the element that contributes most to it.
func Compare[G Float](t testing.TB, what string, got []G, want []float64, relativeL2 float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: gradient has %d elements and should have %d", what, len(got), len(want))
		return
	}
	worst, difference, length := 0, 0.0, 0.0
	for i := range got {
		g := float64(got[i])
		if math.IsNaN(g-want[i]) || math.IsInf(g-want[i], 0) {
			t.Errorf("%s: derivative [%d] is %v and measured as %v", what, i, g, want[i])
			return
		}
		if math.Abs(g-want[i]) > math.Abs(float64(got[worst])-want[worst]) {
			worst = i
		}
		difference = math.Hypot(difference, g-want[i])
		length = math.Hypot(length, want[i])
	}
	if difference > relativeL2*length {
		t.Errorf("%s: gradient is off by %.3g of its length, with %.3g allowed\n\tworst: [%d] is %v and measured as %v",
			what, difference/length, relativeL2, worst, float64(got[worst]), want[worst])
	}
}

// CompareAlong is [Compare] for functions of very many variables: got, the
// gradient of f at x worked out by hand, is held against f along count
// directions, each of which moves every element of x up or down. The directions
// are always the same. The test fails if a derivative along a direction differs
// from Σ got·direction by more than the given fraction of got's length.
func CompareAlong[F Float](t testing.TB, what string, f func(x []F) float64, x, got []F, count int, relativeL2 float64) {
	t.Helper()
	if len(got) != len(x) {
		t.Errorf("%s: gradient has %d elements and should have %d", what, len(got), len(x))
		return
	}
	rng := rand.New(rand.NewPCG(1, 2))
	length := 0.0
	for _, g := range got {
		length = math.Hypot(length, float64(g))
	}
	direction := make([]F, len(x))
	for k := range count {
		along := 0.0
		for i := range direction {
			direction[i] = F(2*rng.IntN(2) - 1)
			along += float64(got[i] * direction[i])
		}
		want := Along(f, x, direction)
		if !(math.Abs(along-want) <= relativeL2*length) {
			t.Errorf("%s: derivative along direction %d is %v and measured as %v, off by %.3g of the gradient's length, with %.3g allowed",
				what, k, along, want, math.Abs(along-want)/length, relativeL2)
		}
	}
}
