package optim_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/optim"
)

// updates returns a gradient for each of some updates of n parameters, so large that
// most are shortened to a norm of 1.
func updates(n, count int) [][]float32 {
	rng := rand.New(rand.NewPCG(1, 2))
	all := make([][]float32, count)
	for i := range all {
		all[i] = make([]float32, n)
		for j := range all[i] {
			all[i][j] = float32(rng.NormFloat64()) * float32(i) / 50
		}
	}
	return all
}

// An update on any number of threads has the bits of ClipNorm and Step one after the
// other, whatever the ranges that do not decay.
func TestFollowerHasTheBitsOfItsSteps(t *testing.T) {
	const n = 3*optim.NormBlock + 5
	spared := []optim.Range{{First: 10, End: optim.NormBlock + 7}, {First: 2*optim.NormBlock - 1, End: 2 * optim.NormBlock}, {First: n - 2, End: n}}
	gradients := updates(n, 4)

	want := slices.Repeat([]float32{0.5}, n)
	reference := optim.NewAdamW(n, optim.DefaultAdamConfig(), 0.1, spared...)
	var norms []float64
	for _, gradient := range gradients {
		norm, scale, err := optim.ClipNorm(gradient, 1)
		if err != nil {
			t.Fatal(err)
		}
		norms = append(norms, norm)
		reference.Step(want, gradient, 1e-2, scale)
	}

	for _, threads := range []int{1, 2, 3} {
		pool := parallel.New(threads)
		got := slices.Repeat([]float32{0.5}, n)
		adam := optim.NewAdamW(n, optim.DefaultAdamConfig(), 0.1, spared...)
		f := optim.NewFollower(adam, pool)
		for i, gradient := range gradients {
			norm, err := f.Follow(got, gradient, 1e-2, 1)
			if err != nil || norm != norms[i] {
				t.Errorf("%d threads, update %d: norm %v (error %v), want %v", threads, i, norm, err, norms[i])
			}
		}
		if !slices.Equal(got, want) || adam.Steps() != len(gradients) {
			t.Errorf("%d threads: parameters or steps differ", threads)
		}
		pool.Close()
	}
}

// A gradient that is not finite is named and not followed.
func TestFollowerRefusesWhatIsNotFinite(t *testing.T) {
	const n, bad = optim.NormBlock + 10, optim.NormBlock + 3
	pool := parallel.New(2)
	defer pool.Close()
	param, gradient := slices.Repeat([]float32{1}, n), make([]float32, n)
	gradient[bad] = float32(math.Inf(1))
	adam := optim.NewAdamW(n, optim.DefaultAdamConfig(), 0.1)
	_, err := optim.NewFollower(adam, pool).Follow(param, gradient, 1, 1)
	var named *optim.GradientError
	if !errors.As(err, &named) || named.Index != bad {
		t.Errorf("error %v, want one that names element %d", err, bad)
	}
	if param[0] != 1 || adam.Steps() != 0 {
		t.Error("the parameters have moved")
	}
}

func TestFollowerAllocatesNothing(t *testing.T) {
	const n = 2*optim.NormBlock + 1
	pool := parallel.New(2)
	defer pool.Close()
	param, gradient := make([]float32, n), slices.Repeat([]float32{0.1}, n)
	f := optim.NewFollower(optim.NewAdamW(n, optim.DefaultAdamConfig(), 0.1), pool)
	if n := testing.AllocsPerRun(20, func() {
		if _, err := f.Follow(param, gradient, 1e-3, 1); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations in an update", n)
	}
}
