package optim_test

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/optim"
)

// The first step moves each parameter by the learning rate against the sign of
// its gradient, whatever its size, less what ε takes: α·g/(|g|+ε).
func TestAdamFirstStep(t *testing.T) {
	const learningRate = 0.01
	for _, gradient := range []float32{1e6, 3, 0.1, 1e-4, 1e-5, 1e-7, 0, -1e-5, -0.1, -1e6} {
		c := optim.DefaultAdamConfig()
		param := []float32{0}
		optim.NewAdam(1, c).Step(param, []float32{gradient}, learningRate, 1)
		g := float64(gradient)
		want := -learningRate * g / (math.Abs(g) + c.Epsilon)
		if math.Abs(float64(param[0])-want) > 1e-6*math.Abs(want) {
			t.Errorf("gradient %v: moved by %v, want %v", gradient, param[0], want)
		}
	}
}

// With the same gradient at every step both corrected means stay at g and g²,
// so that every step is as long as the first.
func TestAdamOfConstantGradient(t *testing.T) {
	const learningRate, steps = 0.01, 500
	adam := optim.NewAdam(1, optim.DefaultAdamConfig())
	param, gradient := []float32{0}, []float32{-2}
	for range steps {
		adam.Step(param, gradient, learningRate, 1)
	}
	want := steps * learningRate * 2 / (2 + optim.DefaultAdamConfig().Epsilon)
	if math.Abs(float64(param[0])-want) > 1e-5*want {
		t.Errorf("moved by %v, want %v", param[0], want)
	}
	if adam.Steps() != steps {
		t.Errorf("%d steps", adam.Steps())
	}
}

// adamReference is Adam in float64, from the formula in the paper.
type adamReference struct {
	mean, square []float64
	steps        float64
}

func (a *adamReference) step(param []float64, grad []float32, c optim.AdamConfig, learningRate, scale float64) {
	a.steps++
	for i := range param {
		g := scale * float64(grad[i])
		a.mean[i] = c.Beta1*a.mean[i] + (1-c.Beta1)*g
		a.square[i] = c.Beta2*a.square[i] + (1-c.Beta2)*g*g
		mean := a.mean[i] / (1 - math.Pow(c.Beta1, a.steps))
		square := a.square[i] / (1 - math.Pow(c.Beta2, a.steps))
		param[i] -= learningRate * mean / (math.Sqrt(square) + c.Epsilon)
	}
}

func TestAdamFollowsThePaper(t *testing.T) {
	const n, steps = 131, 1000
	for _, c := range []optim.AdamConfig{
		optim.DefaultAdamConfig(),
		{Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-8},
		{Beta1: 0, Beta2: 0.5, Epsilon: 1},
		{Beta1: 0.5, Beta2: 0, Epsilon: 0.1},
	} {
		rng := rand.New(rand.NewPCG(5, 6))
		adam := optim.NewAdam(n, c)
		reference := adamReference{mean: make([]float64, n), square: make([]float64, n)}
		param, exact := make([]float32, n), make([]float64, n)
		for range steps {
			grad := normal(rng, n)
			learningRate, scale := 0.01*rng.Float64(), rng.Float64()
			adam.Step(param, grad, learningRate, scale)
			reference.step(exact, grad, c, learningRate, scale)
		}
		for i := range param {
			if math.Abs(float64(param[i])-exact[i]) > 2e-6*(1+math.Abs(exact[i])) {
				t.Errorf("%+v: parameter %d is %v, want %v", c, i, param[i], exact[i])
				break
			}
		}
	}
}

func TestAdamScalesTheGradientFirst(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	c := optim.DefaultAdamConfig()
	scaled, plain := optim.NewAdam(33, c), optim.NewAdam(33, c)
	x, y := normal(rng, 33), make([]float32, 33)
	copy(y, x)
	for range 10 {
		grad := normal(rng, 33)
		scaled.Step(x, grad, 0.01, 0.375)
		for i := range grad {
			grad[i] *= 0.375
		}
		plain.Step(y, grad, 0.01, 1)
	}
	if !slices.Equal(x, y) {
		t.Errorf("got %v, want %v", x, y)
	}
}

func TestAdamGoesOnFromACheckpoint(t *testing.T) {
	const n = 77
	rng := rand.New(rand.NewPCG(9, 10))
	c := optim.AdamConfig{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}
	whole := optim.NewAdam(n, c)
	param := normal(rng, n)
	for range 123 {
		whole.Step(param, normal(rng, n), 1e-3, 1)
	}

	// The checkpoint is a copy: the moments of the one that goes on are its own.
	mean, square := whole.Moments()
	mean, square = slices.Clone(mean), slices.Clone(square)
	resumed, resumedParam := optim.NewAdam(n, c), slices.Clone(param)
	if err := resumed.Restore(mean, square, whole.Steps()); err != nil {
		t.Fatal(err)
	}
	clear(mean)
	clear(square)

	for range 50 {
		grad := normal(rng, n)
		whole.Step(param, grad, 1e-3, 0.5)
		resumed.Step(resumedParam, grad, 1e-3, 0.5)
	}
	wantMean, wantSquare := whole.Moments()
	gotMean, gotSquare := resumed.Moments()
	if !slices.Equal(resumedParam, param) || !slices.Equal(gotMean, wantMean) || !slices.Equal(gotSquare, wantSquare) {
		t.Error("the resumed optimiser went another way")
	}
	if resumed.Steps() != 173 {
		t.Errorf("%d steps, want 173", resumed.Steps())
	}
}

// Parameters are promised to have the same bits on every machine. A change of
// the sum breaks every recorded run.
func TestAdamBits(t *testing.T) {
	const n = 77
	rng := rand.New(rand.NewPCG(11, 12))
	adam := optim.NewAdam(n, optim.DefaultAdamConfig())
	schedule := optim.Linear(0.01, 0.001)
	param, grad := make([]float32, n), make([]float32, n)
	for i := range 100 {
		for j := range grad {
			grad[j] = rng.Float32() - 0.4
		}
		_, scale, err := optim.ClipNorm(grad, 2)
		if err != nil {
			t.Fatal(err)
		}
		adam.Step(param, grad, schedule.At(float64(i)/90), scale)
	}
	hash := crc32.NewIEEE()
	binary.Write(hash, binary.LittleEndian, param)
	if got, want := hash.Sum32(), uint32(0x8e884f49); got != want {
		t.Errorf("checksum %#x, want %#x", got, want)
	}
}

func TestAdamRefusesAStateThatIsNone(t *testing.T) {
	adam := optim.NewAdam(2, optim.DefaultAdamConfig())
	param, one := []float32{0, 0}, []float32{1, 1}
	adam.Step(param, one, 0.1, 1)
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, test := range []struct {
		mean, square []float32
		steps        int
		want         string
	}{
		{[]float32{1}, one, 1, "1 means and 2 squares for 2 parameters"},
		{one, []float32{1, 1, 1}, 1, "2 means and 3 squares for 2 parameters"},
		{one, one, -1, "number of steps is -1; must be at least 0"},
		{[]float32{1, nan}, one, 1, "moments of parameter 1 are NaN and 1"},
		{one, []float32{inf, 1}, 1, "moments of parameter 0 are 1 and +Inf"},
		{one, []float32{0, -1}, 1, "moments of parameter 1 are 1 and -1"},
	} {
		err := adam.Restore(test.mean, test.square, test.steps)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got error %v, want %q", err, test.want)
		}
		if mean, _ := adam.Moments(); mean[0] == 1 || adam.Steps() != 1 {
			t.Errorf("%s: the state changed", test.want)
		}
	}
}

func TestNothingAllocates(t *testing.T) {
	param, grad := make([]float32, 10_000), make([]float32, 10_000)
	adam := optim.NewAdam(len(param), optim.DefaultAdamConfig())
	schedule := optim.Linear(3e-4, 0)
	if count := testing.AllocsPerRun(10, func() {
		_, scale, _ := optim.ClipNorm(grad, 0.5)
		adam.Step(param, grad, schedule.At(0.5), scale)
	}); count != 0 {
		t.Errorf("%v allocations", count)
	}
}

func TestMisuse(t *testing.T) {
	c, two, three := optim.DefaultAdamConfig(), make([]float32, 2), make([]float32, 3)
	adam, adamw, nan := optim.NewAdam(2, c), optim.NewAdamW(2, c, 0.1), math.NaN()
	r, solver, law := optim.DefaultRMSPropConfig(), optim.NewConjugateGradient(2), optim.DoublingPenalty(1)
	with := func(change func(*optim.AdamConfig)) func() {
		return func() {
			changed := c
			change(&changed)
			optim.NewAdam(2, changed)
		}
	}
	for _, test := range []struct {
		want string
		call func()
	}{
		{"optim: number of parameters is negative", func() { optim.NewAdam(-1, c) }},
		{"optim: Beta1 is not in [0, 1)", with(func(c *optim.AdamConfig) { c.Beta1 = 1 })},
		{"optim: Beta1 is not in [0, 1)", with(func(c *optim.AdamConfig) { c.Beta1 = nan })},
		{"optim: Beta2 is not in [0, 1)", with(func(c *optim.AdamConfig) { c.Beta2 = -0.1 })},
		{"optim: Epsilon is not in [1e-16, 1]", with(func(c *optim.AdamConfig) { c.Epsilon = 0 })},
		{"optim: Epsilon is not in [1e-16, 1]", with(func(c *optim.AdamConfig) { c.Epsilon = nan })},
		{"optim: length of param is not the number of parameters", func() { adam.Step(three, two, 1, 1) }},
		{"optim: length of grad is not the number of parameters", func() { adam.Step(two, three, 1, 1) }},
		{"optim: learning rate is negative or not finite", func() { adam.Step(two, two, -1e-9, 1) }},
		{"optim: learning rate is negative or not finite", func() { adam.Step(two, two, math.Inf(1), 1) }},
		{"optim: gradient scale is negative or not finite", func() { adam.Step(two, two, 1, -1) }},
		{"optim: gradient scale is negative or not finite", func() { adam.Step(two, two, 1, nan) }},
		{"optim: limit of the gradient norm is negative or not finite", func() { optim.ClipNorm(two, -1) }},
		{"optim: limit of the gradient norm is negative or not finite", func() { optim.ClipNorm(two, nan) }},
		{"optim: value of a schedule is not finite", func() { optim.Constant(nan) }},
		{"optim: value of a schedule is not finite", func() { optim.Linear(0, math.Inf(-1)) }},
		{"optim: progress is NaN", func() { optim.Linear(1, 0).At(nan) }},
		{"optim: length of param is not the number of parameters", func() { adamw.Step(three, two, 1, 1) }},
		{"optim: weight decay is negative or not finite", func() { optim.NewAdamW(2, c, -1) }},
		{"optim: weight decay is negative or not finite", func() { optim.NewAdamW(2, c, nan) }},
		{"optim: spared range is not one of the parameters", func() { optim.NewAdamW(2, c, 0, optim.Range{First: 0, End: 3}) }},
		{"optim: spared range is not one of the parameters", func() { optim.NewAdamW(2, c, 0, optim.Range{First: -1, End: 1}) }},
		{"optim: spared range is not one of the parameters", func() { optim.NewAdamW(2, c, 0, optim.Range{First: 2, End: 1}) }},
		{"optim: length of grad is not the number of parameters", func() { optim.SGD{}.Step(two, three, 1, 1) }},
		{"optim: learning rate is negative or not finite", func() { optim.SGD{}.Step(two, two, nan, 1) }},
		{"optim: number of parameters is negative", func() { optim.NewRMSProp(-1, r) }},
		{"optim: Decay is not in [0, 1)", func() { optim.NewRMSProp(2, optim.RMSPropConfig{Decay: 1, Epsilon: 1}) }},
		{"optim: Epsilon is not in [1e-16, 1]", func() { optim.NewRMSProp(2, optim.RMSPropConfig{Decay: 0.9}) }},
		{"optim: length of param is not the number of parameters", func() { optim.NewRMSProp(2, r).Step(three, two, 1, 1) }},
		{"optim: number of unknowns is negative", func() { optim.NewConjugateGradient(-1) }},
		{"optim: length of x or b is not the number of unknowns", func() { solver.Solve(three, two, nil, 1, 0) }},
		{"optim: length of x or b is not the number of unknowns", func() { solver.Solve(two, three, nil, 1, 0) }},
		{"optim: iterations or tolerance is negative", func() { solver.Solve(two, two, nil, -1, 0) }},
		{"optim: iterations or tolerance is negative", func() { solver.Solve(two, two, nil, 1, nan) }},
		{"optim: length of start or step differs from param", func() { optim.Backtrack(two, two, three, 0.5, 1, nil) }},
		{"optim: factor of the line search is not in (0, 1)", func() { optim.Backtrack(two, two, two, 1, 1, nil) }},
		{"optim: number of tries is negative", func() { optim.Backtrack(two, two, two, 0.5, -1, nil) }},
		{"optim: controller is not within 0 < low <= value <= high", func() { optim.NewController(0, 0, 1, law) }},
		{"optim: controller is not within 0 < low <= value <= high", func() { optim.NewController(2, 0.5, 1, law) }},
		{"optim: controller is not within 0 < low <= value <= high", func() { optim.NewController(1, 0.5, math.Inf(1), law) }},
		{"optim: target of a controller is not positive and finite", func() { optim.DoublingPenalty(0) }},
		{"optim: target of a controller is not positive and finite", func() { optim.AdaptiveStep(nan) }},
		{"optim: horizon of a controller is not positive and finite", func() { optim.ProportionalPenalty(1, 0) }},
		{"optim: number of parameters or of retries is negative", func() { optim.NewGuard(-1, 0) }},
		{"optim: number of parameters or of retries is negative", func() { optim.NewGuard(0, -1) }},
		{"optim: length of param is not the number of parameters", func() { optim.NewGuard(3, 0).Save(two, adam) }},
		{"optim: nothing has been saved", func() { optim.NewGuard(2, 0).Undo(two, adam) }},
	} {
		t.Run(test.want, func(t *testing.T) {
			defer func() {
				if got := recover(); got != test.want {
					t.Errorf("panic %v", got)
				}
			}()
			test.call()
		})
	}
	if adam.Steps() != 0 {
		t.Error("a refused step was counted")
	}
}

func normal(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// TestStepInParts: parts of a step, in any order, come to the bits of the whole one.
func TestStepInParts(t *testing.T) {
	const n, steps = 1000, 5
	rng := rand.New(rand.NewPCG(3, 0))
	whole, parts := optim.NewAdam(n, optim.DefaultAdamConfig()), optim.NewAdam(n, optim.DefaultAdamConfig())
	param, gradient := make([]float32, n), make([]float32, n)
	for i := range param {
		param[i] = float32(rng.NormFloat64())
	}
	inParts := slices.Clone(param)
	for range steps {
		for i := range gradient {
			gradient[i] = float32(rng.NormFloat64())
		}
		whole.Step(param, gradient, 0.01, 0.5)
		parts.Begin(0.01, 0.5)
		for _, r := range []optim.Range{{First: 333, End: 1000}, {First: 0, End: 17}, {First: 17, End: 333}} {
			parts.Move(inParts[r.First:r.End], gradient[r.First:r.End], r.First)
		}
		if !slices.Equal(param, inParts) || whole.Steps() != parts.Steps() {
			t.Fatal("a step in parts differs from the whole")
		}
	}
	for name, misuse := range map[string]func(){
		"beyond the end":        func() { parts.Move(param[:2], gradient[:2], n-1) },
		"before the beginning":  func() { parts.Move(param[:2], gradient[:2], -1) },
		"gradient too short":    func() { parts.Move(param[:2], gradient[:1], 0) },
		"negative rate":         func() { parts.Begin(-1, 1) },
		"scale that is no size": func() { parts.Begin(1, math.NaN()) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			misuse()
		}()
	}
}
