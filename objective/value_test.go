package objective_test

import (
	"math"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/gradcheck"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/seed"
)

func TestSquaredErrorByHand(t *testing.T) {
	value, target, weight := []float32{1, -2, 3}, []float32{4, -2, 2.5}, []float32{0.5, 7, 2}
	d := make([]float32, 3)
	loss := objective.SquaredError(d, value, target, weight, 0.25)
	if want := 0.5*9 + 0 + 2*0.25; loss != want {
		t.Errorf("loss %v, want %v: it is without the coefficient", loss, want)
	}
	golden.Same(t, "derivative", d, []float32{0.25 * 2 * 0.5 * -3, 0, 0.25 * 2 * 2 * 0.5})
}

// The old value is 1 and the clip ½, so that the new value counts within
// [½, 1½], unless it is further from the target than that.
func TestClippedErrorByHand(t *testing.T) {
	for _, test := range []struct {
		value, target float32
		loss, slope   float64 // of (value − target)² or its clipped counterpart
	}{
		{1.25, 3, 1.75 * 1.75, -3.5}, // inside: the plain error
		{0.75, 0, 0.75 * 0.75, 1.5},
		{1.5, 3, 1.5 * 1.5, -3}, // on the edges as well
		{0.5, 3, 2.5 * 2.5, -5},
		{2, 3, 1.5 * 1.5, 0},   // towards the target, too far: clipped
		{0, -1, 1.5 * 1.5, 0},  // likewise below
		{2, 0, 2 * 2, 4},       // away from the target: the plain error is worse
		{0, 3, 3 * 3, -6},      // likewise below
		{2, 1.75, 0.0625, 0.5}, // a tie of 0.25² above and below: the plain error
		{3, 1, 4, 4},           // beyond the target
	} {
		d := make([]float32, 1)
		loss := objective.ClippedError(d, []float32{test.value}, []float32{1}, []float32{test.target}, []float32{2}, 0.5, 0.25)
		if loss != 2*test.loss || float64(d[0]) != 0.25*2*test.slope {
			t.Errorf("value %v, target %v: loss %v and derivative %v, want %v and %v",
				test.value, test.target, loss, d[0], 2*test.loss, 0.25*2*test.slope)
		}
	}
}

// As above, with the error of the value within [½, 1½] whatever the plain one is.
func TestNearErrorByHand(t *testing.T) {
	for _, test := range []struct {
		value, target float32
		loss, slope   float64 // of (near − target)²
	}{
		{1.25, 3, 1.75 * 1.75, -3.5}, // inside: the plain error
		{0.75, 0, 0.75 * 0.75, 1.5},
		{1.5, 3, 1.5 * 1.5, -3}, // on the edges as well
		{0.5, 3, 2.5 * 2.5, -5},
		{2, 3, 1.5 * 1.5, 0},      // towards the target, too far
		{0, -1, 1.5 * 1.5, 0},     // likewise below
		{2, 0, 1.5 * 1.5, 0},      // away from the target: nothing brings it back
		{0, 3, 2.5 * 2.5, 0},      // likewise below
		{3, 1.75, 0.25 * 0.25, 0}, // beyond the target
	} {
		d := make([]float32, 1)
		loss := objective.NearError(d, []float32{test.value}, []float32{1}, []float32{test.target}, []float32{2}, 0.5, 0.25)
		if loss != 2*test.loss || float64(d[0]) != 0.25*2*test.slope {
			t.Errorf("value %v, target %v: loss %v and derivative %v, want %v and %v",
				test.value, test.target, loss, d[0], 2*test.loss, 0.25*2*test.slope)
		}
	}
}

// Within delta the squared error, beyond it a line that goes on from there.
func TestHuberByHand(t *testing.T) {
	for _, test := range []struct {
		value, target float32
		loss, slope   float64
	}{
		{1.25, 1, 0.0625, 0.5},
		{1, 1.25, 0.0625, -0.5},
		{1.5, 1, 0.25, 1}, // on the edges as well
		{1, 1.5, 0.25, -1},
		{3, 1, 0.5 * (4 - 0.5), 1},
		{-7, 1, 0.5 * (16 - 0.5), -1},
		{float32(math.Inf(1)), 1, math.Inf(1), 1},
	} {
		d := make([]float32, 1)
		loss := objective.Huber(d, []float32{test.value}, []float32{test.target}, []float32{2}, 0.5, 0.25)
		if loss != 2*test.loss || float64(d[0]) != 0.25*2*test.slope {
			t.Errorf("value %v, target %v: loss %v and derivative %v, want %v and %v",
				test.value, test.target, loss, d[0], 2*test.loss, 0.25*2*test.slope)
		}
	}
}

// A delta that no error reaches makes it the squared error, bit for bit.
func TestHuberIsTheSquaredErrorWithinDelta(t *testing.T) {
	rng, rows := seed.New(3), 200
	value, target, weight := normal(rows, 1, rng), normal(rows, 1, rng), normal(rows, 1, rng)
	got, want := make([]float32, rows), make([]float32, rows)
	for _, delta := range []float64{100, math.Inf(1)} {
		loss, squared := objective.Huber(got, value, target, weight, delta, 0.5), objective.SquaredError(want, value, target, weight, 0.5)
		golden.Same(t, "derivative", got, want)
		if loss != squared {
			t.Errorf("loss %v, squared error %v", loss, squared)
		}
	}
}

// One value of .9 that was .5, with the target 1, as libraries with a factor ½
// print it.
func TestValueLossesWithAHalf(t *testing.T) {
	value, old, target, weight, d := []float32{0.9}, []float32{0.5}, []float32{1}, []float32{1}, make([]float32, 1)
	got := []float64{
		objective.ClippedError(d, value, old, target, weight, 0.2, 0.5) / 2,
		objective.ClippedError(d, value, old, target, weight, 0.5, 0.5) / 2,
		objective.SquaredError(d, value, target, weight, 0.5) / 2,
		objective.Huber(d, value, target, weight, 10, 0.5) / 2,
		objective.Huber(d, value, target, weight, 0.05, 0.5) / 2,
	}
	golden.Close(t, "½·loss", got, []float64{0.045, 0.005, 0.005, 0.005, 0.05 * (0.1 - 0.025)}, golden.Tolerance{Absolute: 1e-7, Why: "0.9 is no float32"})
}

func TestEntropyByHand(t *testing.T) {
	d := make([]float32, 2)
	loss := objective.Entropy(d, []float32{2, 0.5}, []float32{0.25, 0.5}, 0.125)
	if loss != -0.75 {
		t.Errorf("loss %v, want −0.75: it is without the coefficient", loss)
	}
	golden.Same(t, "derivative", d, []float32{-0.125 * 0.25, -0.125 * 0.5})
}

// valueLosses are the value losses with a clip, and each for one row as its
// source writes it, in float64.
var valueLosses = []struct {
	name string
	of   func(dValue, value, old, target, weight []float32, clip, coefficient float64) float64
	row  func(value, old, target, clip float64) float64
}{
	{
		"squared error",
		func(dValue, value, _, target, weight []float32, _, coefficient float64) float64 {
			return objective.SquaredError(dValue, value, target, weight, coefficient)
		},
		func(value, _, target, _ float64) float64 { return square(value - target) },
	},
	{
		"Huber",
		func(dValue, value, _, target, weight []float32, delta, coefficient float64) float64 {
			return objective.Huber(dValue, value, target, weight, delta, coefficient)
		},
		func(value, _, target, delta float64) float64 {
			if e := math.Abs(value - target); e > delta {
				return delta * (2*e - delta)
			}
			return square(value - target)
		},
	},
	{
		"clipped error", objective.ClippedError,
		func(value, old, target, clip float64) float64 {
			return math.Max(square(value-target), square(clamped(value, old, clip)-target))
		},
	},
	{
		"near error", objective.NearError,
		func(value, old, target, clip float64) float64 { return square(clamped(value, old, clip) - target) },
	},
}

func square(x float64) float64 { return x * x }

// clamped is the value within clip of the old one.
func clamped(value, old, clip float64) float64 {
	return old + math.Max(-clip, math.Min(clip, value-old))
}

// Losses and, by finite differences, derivatives.
func TestValueLossesAgainstReference(t *testing.T) {
	const rows, clip, coefficient = 300, 0.3, 0.7
	rng := seed.New(1)
	value, target, weight := normal(rows, 1, rng), normal(rows, 1, rng), normal(rows, 1, rng)
	old := normal(rows, 0.5, rng)
	for i := range old {
		old[i] += value[i]
	}
	for _, l := range valueLosses {
		d, want := make([]float32, rows), 0.0
		loss := l.of(d, value, old, target, weight, clip, coefficient)
		for i := range rows {
			of := func(v []float64) float64 {
				return float64(weight[i]) * l.row(v[0], float64(old[i]), float64(target[i]), clip)
			}
			want += of([]float64{float64(value[i])})
			slope := gradcheck.Gradient(of, []float64{float64(value[i])})
			slope[0] *= coefficient
			golden.Close(t, l.name+"'s derivative", d[i:i+1], slope, rounding)
		}
		golden.Close(t, l.name, []float64{loss}, []float64{want}, golden.Tolerance{Relative: 1e-12, Why: "rounding of float64"})
	}
}

// The clipped loss is the worse of the other two.
func TestClippedErrorIsPessimistic(t *testing.T) {
	rng, one, d := seed.New(2), []float32{1}, make([]float32, 1)
	for range 2000 {
		value, old, target := normal(1, 1, rng), normal(1, 1, rng), normal(1, 1, rng)
		clipped := objective.ClippedError(d, value, old, target, one, 0.2, 1)
		plain, near := objective.SquaredError(d, value, target, one, 1), objective.NearError(d, value, old, target, one, 0.2, 1)
		if clipped != max(plain, near) {
			t.Errorf("value %v, old %v, target %v: %v is not the worse of %v and %v", value, old, target, clipped, plain, near)
		}
	}
}

func TestImpossibleValueClips(t *testing.T) {
	x := make([]float32, 1)
	for _, clip := range []float64{0, -1, math.NaN()} {
		wantPanic(t, func() { objective.ClippedError(x, x, x, x, x, clip, 1) })
		wantPanic(t, func() { objective.NearError(x, x, x, x, x, clip, 1) })
		wantPanic(t, func() { objective.Huber(x, x, x, x, clip, 1) })
	}
}
