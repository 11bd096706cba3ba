package kernel

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// withLevels replaces the registered levels for the length of the test.
func withLevels(t *testing.T, levels ...*implementation) {
	before, chosen := registered, current.Load()
	registered = levels
	t.Cleanup(func() {
		registered = before
		current.Store(chosen)
	})
}

// renamed returns the generic level under another name.
func renamed(name string, usable bool) *implementation {
	level := generic
	level.name, level.usable = name, usable
	return &level
}

func TestGenericIsThere(t *testing.T) {
	if names := Levels(); len(names) == 0 || names[len(names)-1] != "generic" {
		t.Errorf("levels are %q, want generic last", names)
	}
	if !slices.Contains(Levels(), Level()) {
		t.Errorf("level %q is not among %q", Level(), Levels())
	}
}

func TestUse(t *testing.T) {
	withLevels(t, renamed("strange", false), renamed("fast", true), &generic)
	if err := start(""); err != nil || Level() != "fast" {
		t.Fatalf("started at level %q with error %v, want fast", Level(), err)
	}
	restore, err := Use("generic")
	if err != nil || Level() != "generic" {
		t.Fatalf("level %q with error %v, want generic", Level(), err)
	}
	restore()
	if Level() != "fast" {
		t.Errorf("level %q after restore, want fast", Level())
	}
	for _, c := range []struct{ name, want string }{
		{"strange", `kernel level "strange" needs a processor other than this one; usable here: fast, generic`},
		{"quick", `no kernel level "quick"; usable here: fast, generic`},
		{"", `no kernel level ""; usable here: fast, generic`},
	} {
		if _, err := Use(c.name); err == nil || err.Error() != c.want {
			t.Errorf("error %v, want %s", err, c.want)
		}
		if Level() != "fast" {
			t.Errorf("level %q after an error, want fast", Level())
		}
	}
}

func TestStart(t *testing.T) {
	withLevels(t, renamed("strange", false), renamed("fast", true), &generic)
	for _, c := range []struct{ name, level, err string }{
		{"", "fast", ""},
		{"fast", "fast", ""},
		{"generic", "generic", ""},
		{"strange", "fast", `PROXIMAL_KERNEL: kernel level "strange" needs`},
		{"quick", "fast", `PROXIMAL_KERNEL: no kernel level "quick"`},
	} {
		err := start(c.name)
		if Level() != c.level {
			t.Errorf("started with %q at level %q, want %q", c.name, Level(), c.level)
		}
		if (err == nil) != (c.err == "") || err != nil && !strings.HasPrefix(err.Error(), c.err) {
			t.Errorf("started with %q: error %v, want %q", c.name, err, c.err)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 11))
	const rows, in, out = 9, 20, 11
	x, y, w, bias := sources[0].slice(r, rows*in), sources[0].slice(r, rows*out), sources[0].slice(r, in*out), make([]float32, out)
	m, v := make([]float32, len(x)), make([]float32, len(x))
	dx := make([]float32, len(x))
	large := make([]float32, PanelLength(16, 16))
	back := Attended{
		Attending: Attending{2, 16, 3, 1}, Query: x, Out: x, DOut: x, Top: m, Inverse: v, Keys: large, Values: large,
		KeyPanels: large, ValuePanels: large, DQuery: dx, DKeys: large, DValues: large, Probability: y, DScore: y,
	}
	var p Packed
	eachLevel(t, func(t *testing.T) {
		p.Pack(w, in, out)
		for name, f := range map[string]func(){
			"Linear":       func() { Linear(y, x, w, bias, rows, in, out) },
			"LinearReLU":   func() { LinearReLU(y, x, w, bias, rows, in, out) },
			"narrow":       func() { Linear(y[:2*rows], x, w[:2*in], bias[:2], rows, in, 2) },
			"LinearInput":  func() { LinearInput(dx, y, w, rows, in, out) },
			"packed":       func() { p.Pack(w, in, out); LinearPacked(y, x, &p, bias, rows) },
			"columns":      func() { LinearWeightColumns(w, bias, x, y, rows, in, out, 2, out) },
			"rows":         func() { NormRow(dx, m, x, v, 2); Dot3(x, m, v); ExpSum(m, 1) },
			"norms":        func() { RMSNorm(dx, m, v[:rows], x, w[:in], 1); RMSNormBackward(dx, x, w[:in], m, v[:rows]) },
			"attention":    func() { Attend(&back.Attending, dx, m, v, y, x, large, large, Lines{}); AttendBackward(&back) },
			"hidden":       func() { SwiGLU(dx, m, x, v); GELU(dx, m, x); GELUBackward(dx, x, m, v); AddProduct(dx, x, m) },
			"heads":        func() { Rotate(dx[:96], x[:96], m[:4], v[:4], 12, 8, 1); SoftmaxBackward(m, v, 1, 2) },
			"LinearWeight": func() { LinearWeight(w, bias, x, y, rows, in, out) },
			"activations":  func() { Tanh(x, x); TanhBackward(dx, dx, x); ReLU(x, x); ReLUBackward(dx, dx, x) },
			"exponentials": func() { Exp(x, x); Log(x, x); LogSoftmax(x, x, rows, in) },
			"reductions":   func() { Sum(x); Dot(x, dx); SumSquares(x); AddSumSquares(dx, x); Max(x) },
			"vectors":      func() { Add(x, dx); Axpy(x, 2, dx); Scale(x, 0.5) },
			"Adam":         func() { Adam(x, m, v, dx, AdamStep{Correction1: 1, Correction2Sqrt: 1}) },
		} {
			if n := testing.AllocsPerRun(20, f); n != 0 {
				t.Errorf("%s allocates %g times", name, n)
			}
		}
	})
}
