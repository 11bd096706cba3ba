package space

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/seed"
	"pgregory.net/rapid"
)

var (
	inf = float32(math.Inf(1))
	nan = float32(math.NaN())
)

func TestContains(t *testing.T) {
	half := NewBox([]float32{-1, -inf, 0}, []float32{1, 5, inf})
	for _, c := range []struct {
		space Space
		x     []float32
		want  bool
	}{
		{NewDiscrete(3), []float32{0}, true},
		{NewDiscrete(3), []float32{2}, true},
		{NewDiscrete(3), []float32{3}, false},
		{NewDiscrete(3), []float32{-1}, false},
		{NewDiscrete(3), []float32{0.5}, false},
		{NewDiscrete(3), []float32{nan}, false},
		{NewDiscrete(3), []float32{inf}, false},
		{NewDiscrete(3), []float32{-inf}, false},
		{NewDiscrete(3), nil, false},
		{NewDiscrete(3), []float32{0, 0}, false},
		{Discrete{N: 3, Start: -5}, []float32{-5}, true},
		{Discrete{N: 3, Start: -5}, []float32{-2}, false},
		{Discrete{N: 6, Start: -5}, []float32{math.SmallestNonzeroFloat32}, false},
		{NewDiscrete(largestNumber), []float32{largestNumber - 1}, true},
		{NewDiscrete(largestNumber), []float32{largestNumber}, false},

		{half, []float32{-1, -inf, 0}, true},
		{half, []float32{1, 5, inf}, true},
		{half, []float32{math.Nextafter32(1, 2), 0, 0}, false},
		{half, []float32{0, math.Nextafter32(5, 6), 0}, false},
		{half, []float32{0, 0, -math.SmallestNonzeroFloat32}, false},
		{half, []float32{nan, 0, 0}, false},
		{half, []float32{0, nan, 0}, false},
		{half, []float32{0, 0}, false},
		{half, []float32{0, 0, 0, 0}, false},

		{NewMultiDiscrete(2, 3), []float32{1, 2}, true},
		{NewMultiDiscrete(2, 3), []float32{2, 1}, false},
		{NewMultiDiscrete(2, 3), []float32{1, 0.25}, false},
		{NewMultiDiscrete(2, 3), []float32{1}, false},
		{NewMultiDiscrete(2, 3), []float32{1, nan}, false},

		{NewMultiBinary(2), []float32{1, 0}, true},
		{NewMultiBinary(2), []float32{1, 2}, false},
		{NewMultiBinary(2), []float32{0.5, 0}, false},
		{NewMultiBinary(2), []float32{nan, 0}, false},
		{NewMultiBinary(2), []float32{1, 0, 1}, false},
	} {
		if got := c.space.Contains(c.x); got != c.want {
			t.Errorf("%v contains %v: %v, want %v", c.space, c.x, got, c.want)
		}
	}
}

func TestValidate(t *testing.T) {
	one := []float32{1}
	for _, c := range []struct {
		space   Space
		message string // empty: valid
	}{
		{Discrete{N: 1}, ""},
		{Discrete{}, "Discrete.N is 0, must be in [1, 16777216]"},
		{Discrete{N: -4}, "Discrete.N is -4"},
		{Discrete{N: largestNumber}, ""},
		{Discrete{N: largestNumber + 1}, "Discrete.N is 16777217"},
		{Discrete{N: 3, Start: largestNumber - 2}, ""},
		{Discrete{N: 3, Start: largestNumber - 1}, "Discrete.Start is 16777215, must be in [-16777216, 16777214] with N = 3"},
		{Discrete{N: 3, Start: -largestNumber - 1}, "Discrete.Start is -16777217"},
		{Discrete{N: 3, Start: math.MaxInt}, "Discrete.Start is"},

		{Box{Low: one, High: one}, ""}, // no shape: a single number
		{Box{Low: one, High: one, Shape: []int{1, 1}}, ""},
		{Box{}, "Box.Low has 0 elements, must have 1, as the shape []"},
		{Box{Low: one, High: one, Shape: []int{2}}, "Box.Low has 1 elements, must have 2, as the shape [2]"},
		{Box{Low: one, Shape: []int{1}}, "Box.High has 0 elements, must have 1"},
		{Box{Low: one, High: one, Shape: []int{0}}, "Box.Shape is [0]"},
		{Box{Low: one, High: one, Shape: []int{-1, -1}}, "Box.Shape is [-1 -1]"},
		{Box{Low: one, High: one, Shape: []int{math.MaxInt32, math.MaxInt32}}, "Box.Shape is [2147483647 2147483647]"},
		{Box{Low: []float32{0, 2}, High: []float32{1, 1}, Shape: []int{2}}, "Box.Low[1] is 2 and Box.High[1] is 1, must be low <= high"},
		{Box{Low: []float32{nan}, High: one, Shape: []int{1}}, "Box.Low[0] is NaN"},
		{Box{Low: one, High: []float32{nan}, Shape: []int{1}}, "Box.Low[0] is 1 and Box.High[0] is NaN"},
		{Box{Low: []float32{inf}, High: []float32{inf}, Shape: []int{1}}, "Box.Low[0] is +Inf"},
		{Box{Low: []float32{-inf}, High: []float32{-inf}, Shape: []int{1}}, "Box.Low[0] is -Inf and Box.High[0] is -Inf"},
		{Box{Low: []float32{-inf}, High: []float32{inf}, Shape: []int{1}}, ""},

		{MultiDiscrete{N: []int{1, 2}}, ""},
		{MultiDiscrete{}, "MultiDiscrete.N is empty"},
		{MultiDiscrete{N: []int{1, 0}}, "MultiDiscrete.N[1] is 0, must be in [1, 16777216]"},
		{MultiBinary{N: 1}, ""},
		{MultiBinary{}, "MultiBinary.N is 0, must be at least 1"},
	} {
		_ = c.space.String() // has something to say of impossible spaces too
		switch err := c.space.Validate(); {
		case c.message == "" && err != nil:
			t.Errorf("%#v: %v", c.space, err)
		case c.message != "" && (err == nil || !strings.HasPrefix(err.Error(), "space: "+c.message)):
			t.Errorf("%#v: error %v, want one that begins with %q", c.space, err, c.message)
		}
	}
}

func TestString(t *testing.T) {
	many := make([]float32, 100)
	other := slices.Clone(many)
	other[99] = 0.1
	for _, c := range []struct {
		space Space
		want  string
	}{
		{NewDiscrete(2), "Discrete(2)"},
		{Discrete{N: 3, Start: -1}, "Discrete(3) from -1"},
		{NewMultiDiscrete(3, 2), "MultiDiscrete(3, 2)"},
		{NewMultiDiscrete(1, 2, 3, 4, 5, 6), "MultiDiscrete(1, 2, 3, 4, 5, 6)"},
		{NewMultiDiscrete(1, 2, 3, 4, 5, 6, 7), "MultiDiscrete(1, 2, 3, 4, 5, …)"},
		{NewMultiBinary(8), "MultiBinary(8)"},
		{Bounded(-2, 2, 1), "Box(1) float32 in [-2, 2]"},
		{Bounded(0, 255, 84, 84, 4), "Box(84, 84, 4) float32 in [0, 255]"},
		{Bounded(-inf, inf, 376), "Box(376) float32 in (-∞, ∞)"},
		{Box{Low: []float32{0}, High: []float32{1}}, "Box() float32 in [0, 1]"},
		{NewBox([]float32{-4.8, 0, -inf}, []float32{4.8, inf, 1}), "Box(3) float32 in [-4.8, 4.8]×[0, ∞)×(-∞, 1]"},
		{NewBox(many, other), "Box(100) float32 in [0, 0]×[0, 0]×[0, 0]×[0, 0]×[0, 0]×…"},
		{Box{Shape: []int{3}}, "Box(3) float32 in impossible bounds"},
	} {
		if got := c.space.String(); got != c.want {
			t.Errorf("String() = %q, want %q", got, c.want)
		}
	}
}

func TestNewBoxKeepsCopies(t *testing.T) {
	low, high, shape := []float32{0, 0}, []float32{1, 1}, []int{2, 1}
	b := NewBox(low, high, shape...)
	low[0], high[0], shape[0] = 9, -9, 7
	if err := b.Validate(); err != nil {
		t.Error(err)
	}
	n := []int{2, 3}
	m := NewMultiDiscrete(n...)
	n[0] = 0
	if err := m.Validate(); err != nil {
		t.Error(err)
	}
}

// anySpace draws a valid space.
func anySpace(t *rapid.T) Space {
	count := rapid.IntRange(1, 1000)
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		return Discrete{N: count.Draw(t, "n"), Start: rapid.IntRange(-1000, 1000).Draw(t, "start")}
	case 1:
		return NewMultiDiscrete(rapid.SliceOfN(count, 1, 9).Draw(t, "n")...)
	case 2:
		return NewMultiBinary(rapid.IntRange(1, 20).Draw(t, "n"))
	}
	finite := rapid.Float32Range(-math.MaxFloat32, math.MaxFloat32)
	size := rapid.IntRange(1, 9).Draw(t, "size")
	low, high := make([]float32, size), make([]float32, size)
	for i := range low {
		a, b := finite.Draw(t, "a"), finite.Draw(t, "b")
		low[i], high[i] = min(a, b), max(a, b)
		if rapid.Bool().Draw(t, "no lower bound") {
			low[i] = -inf
		}
		if rapid.Bool().Draw(t, "no upper bound") {
			high[i] = inf
		}
	}
	return NewBox(low, high)
}

func TestSpacesContainTheirSamples(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anySpace(t)
		if err := s.Validate(); err != nil {
			t.Fatal(err)
		}
		rng, x := seed.New(rapid.Uint64().Draw(t, "seed")), make([]float32, s.Size())
		for range 20 {
			for i := range x {
				x[i] = nan
			}
			if s.Sample(x, rng); !s.Contains(x) {
				t.Fatalf("%v does not contain its sample %v", s, x)
			}
		}
	})
}

// spaces is one of each kind, the box with every kind of bounds.
func spaces() []Space {
	return []Space{
		NewDiscrete(4),
		NewBox([]float32{0, 0, -inf, -inf}, []float32{1, inf, 1, inf}),
		NewMultiDiscrete(2, 3),
		NewMultiBinary(5),
	}
}

func TestNothingAllocates(t *testing.T) {
	rng := seed.New(1)
	for _, s := range spaces() {
		x := make([]float32, s.Size())
		if n := testing.AllocsPerRun(100, func() { s.Sample(x, rng); s.Contains(x) }); n != 0 {
			t.Errorf("%v allocates %v times", s, n)
		}
	}
}

func TestMisusePanics(t *testing.T) {
	misuses := map[string]func(){
		"no discrete values": func() { NewDiscrete(0) },
		"no numbers":         func() { NewMultiDiscrete() },
		"number 0":           func() { NewMultiDiscrete(2, 0) },
		"no binary values":   func() { NewMultiBinary(0) },
		"lengths differ":     func() { NewBox([]float32{0}, []float32{1, 1}) },
		"empty box":          func() { NewBox(nil, nil) },
		"shape differs":      func() { NewBox([]float32{0}, []float32{1}, 2) },
		"low above high":     func() { Bounded(1, 0, 2) },
		"shape 0":            func() { Bounded(0, 1, 2, 0) },
	}
	for _, s := range spaces() {
		misuses["sample of "+s.String()] = func() { s.Sample(make([]float32, s.Size()+1), seed.New(0)) }
	}
	for name, misuse := range misuses {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if message, ok := recover().(string); !ok || !strings.HasPrefix(message, "space: ") {
					t.Errorf("recovered %q", message)
				}
			}()
			misuse()
		})
	}
}
