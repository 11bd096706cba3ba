package space

import (
	"strconv"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/seed"
)

// sampled is a case of testdata/gymnasium.json, which tools/fixtures/space.py
// makes.
type sampled struct {
	Kind      string
	N         []int
	Start     int
	Low, High golden.Float32s
	Shape     []int
	Seed      string
	Rows      []golden.Float32s
}

func (c sampled) space(t *testing.T) Space {
	switch c.Kind {
	case "discrete":
		return Discrete{N: c.N[0], Start: c.Start}
	case "box":
		return NewBox(c.Low, c.High, c.Shape...)
	case "multi_discrete":
		return NewMultiDiscrete(c.N...)
	case "multi_binary":
		return NewMultiBinary(c.N[0])
	}
	t.Fatalf("unknown kind %q", c.Kind)
	return nil
}

func TestSamplesAreGymnasiums(t *testing.T) {
	var cases []sampled
	golden.Read(t, "testdata/gymnasium.json", &cases)
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range cases {
		number, err := strconv.ParseUint(c.Seed, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		s, rng := c.space(t), seed.New(number)
		got := make([]float32, s.Size())
		for i, want := range c.Rows {
			s.Sample(got, rng)
			golden.Same(t, s.String()+", seed "+c.Seed+", row "+strconv.Itoa(i), got, want)
			if !s.Contains(got) {
				t.Errorf("%v does not contain its sample %v", s, got)
			}
		}
	}
}
