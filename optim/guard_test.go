package optim_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/optim"
)

// bits are the parameters and the state of their optimiser, to the last bit of
// a NaN.
func bits(param []float32, adam *optim.Adam) []uint32 {
	mean, square := adam.Moments()
	out := []uint32{uint32(adam.Steps())}
	for _, x := range slices.Concat(param, mean, square) {
		out = append(out, math.Float32bits(x))
	}
	return out
}

// An update that ends in NaN leaves no trace, not even in the moments.
func TestGuardUndoesBitForBit(t *testing.T) {
	const n = 77
	rng := rand.New(rand.NewPCG(21, 22))
	param, adam, guard := normal(rng, n), optim.NewAdam(n, optim.DefaultAdamConfig()), optim.NewGuard(n, 3)
	for range 10 {
		adam.Step(param, normal(rng, n), 1e-2, 1)
	}
	before := bits(param, adam)
	guard.Save(param, adam)

	spoiled := normal(rng, n)
	spoiled[5], spoiled[6] = float32(math.NaN()), float32(math.Inf(-1))
	for range 4 {
		adam.Step(param, spoiled, 1e3, 1)
	}
	if slices.Equal(bits(param, adam), before) {
		t.Fatal("the update changed nothing")
	}
	if !guard.Undo(param, adam) {
		t.Error("no retry is left after the first try")
	}
	if !slices.Equal(bits(param, adam), before) {
		t.Error("the state is not that of before the update")
	}
	if guard.Undone() != 1 {
		t.Errorf("%d updates undone, want 1", guard.Undone())
	}
}

// Full step, half, quarter, then no more; the next update begins with a full
// step again, and an update that is kept is what the next Undo goes back to.
func TestGuardHalvesTheStep(t *testing.T) {
	param, adam, guard := []float32{1}, optim.NewAdam(1, optim.DefaultAdamConfig()), optim.NewGuard(1, 2)
	for update := range 2 {
		guard.Save(param, adam)
		for try, want := range []float64{1, 0.5, 0.25} {
			if guard.Scale() != want {
				t.Errorf("update %d, try %d: scale %v, want %v", update, try, guard.Scale(), want)
			}
			adam.Step(param, []float32{1}, 0.1*guard.Scale(), 1)
			if again := guard.Undo(param, adam); again != (try < 2) {
				t.Errorf("update %d, try %d: another try %v", update, try, again)
			}
			if param[0] != 1 || adam.Steps() != 0 {
				t.Errorf("parameter %v after %d steps", param[0], adam.Steps())
			}
		}
	}
	if guard.Undone() != 6 {
		t.Errorf("%d undone, want 6", guard.Undone())
	}
	guard.Save(param, adam)
	adam.Step(param, []float32{1}, 0.1, 1)
	kept := bits(param, adam)
	guard.Save(param, adam)
	adam.Step(param, []float32{-5}, 0.1, 1)
	guard.Undo(param, adam)
	if !slices.Equal(bits(param, adam), kept) {
		t.Error("undone too far")
	}
}

// A learning rate a thousand times too large, on a bowl: the guard finds a step
// that does not go uphill, where the run without it is thrown off.
func TestGuardSavesADescent(t *testing.T) {
	loss := func(x []float32) float64 { return float64(x[0]) * float64(x[0]) }
	run := func(guarded bool) float64 {
		x, adam, guard := []float32{0.5}, optim.NewAdam(1, optim.DefaultAdamConfig()), optim.NewGuard(1, 20)
		for i := range 30 {
			rate := 0.05
			if i == 20 {
				rate = 50
			}
			guard.Save(x, adam)
			for before := loss(x); ; {
				adam.Step(x, []float32{2 * x[0]}, rate*guard.Scale(), 1)
				if !guarded || loss(x) <= before+0.01 || !guard.Undo(x, adam) {
					break
				}
			}
		}
		return loss(x)
	}
	if with, without := run(true), run(false); !(with < 0.02 && without > 1) {
		t.Errorf("loss %v with the guard, %v without", with, without)
	}
}

// A guard for AdamW guards the Adam in it.
func TestGuardOfAdamW(t *testing.T) {
	adamw, guard := optim.NewAdamW(2, optim.DefaultAdamConfig(), 0.1), optim.NewGuard(2, 0)
	param := []float32{1, 2}
	guard.Save(param, &adamw.Adam)
	adamw.Step(param, []float32{1, 1}, 0.1, 1)
	if guard.Undo(param, &adamw.Adam) {
		t.Error("a retry although none is allowed")
	}
	if !slices.Equal(param, []float32{1, 2}) || adamw.Steps() != 0 {
		t.Errorf("parameters %v after %d steps", param, adamw.Steps())
	}
}

func TestGuardAllocatesNothing(t *testing.T) {
	param, adam, guard := make([]float32, 10_000), optim.NewAdam(10_000, optim.DefaultAdamConfig()), optim.NewGuard(10_000, 2)
	if count := testing.AllocsPerRun(10, func() {
		guard.Save(param, adam)
		guard.Undo(param, adam)
	}); count != 0 {
		t.Errorf("%v allocations", count)
	}
}
