package objective

import (
	"math"
	"testing"
)

func TestExpm1(t *testing.T) {
	for x := -0.5; x <= 0.5; x += 1.0 / 4096 {
		for _, x := range []float64{x, x * 1e-3, x * 1e-9} {
			want := math.Expm1(x)
			if got := expm1(x); math.Abs(got-want) > 4e-16*math.Abs(want) && math.Abs(x) < 0.5 {
				t.Errorf("expm1(%v) = %v, want %v", x, got, want)
			}
		}
	}
	for x := -80.0; x <= 88; x += 0.37 {
		if got, want := expm1(x), math.Expm1(x); math.Abs(got-want) > 4e-6*math.Abs(want) {
			t.Errorf("expm1(%v) = %v, want %v", x, got, want)
		}
	}
}

// Where the two formulas meet, at ±½, they agree to float32.
func TestExpm1HasNoStep(t *testing.T) {
	for _, edge := range []float64{-0.5, 0.5} {
		inside, outside := expm1(math.Nextafter(edge, 0)), expm1(edge)
		if math.Abs(inside-outside) > 1e-7*math.Exp(edge) {
			t.Errorf("at %v it jumps from %v to %v", edge, inside, outside)
		}
	}
}

func TestExpm1AtTheEnds(t *testing.T) {
	inf := math.Inf(1)
	if got := expm1(inf); got != inf {
		t.Errorf("expm1(+Inf) = %v", got)
	}
	if got := expm1(-inf); got != -1 {
		t.Errorf("expm1(-Inf) = %v", got)
	}
	if got := expm1(math.NaN()); got == got {
		t.Errorf("expm1(NaN) = %v", got)
	}
	if got := expm1(0); got != 0 {
		t.Errorf("expm1(0) = %v", got)
	}
}
