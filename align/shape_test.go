package align

import (
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/config"
)

// shaped are completions of the given lengths and rewards; a length that is negative is
// of one that was cut off.
func shaped(c ShapeSection, longest int, lengths []int, scores []float64) []float64 {
	e := &experience{score: scores}
	for _, n := range lengths {
		e.answers = append(e.answers, task.Answer{Ended: n > 0})
		e.texts = append(e.texts, text{tokens: make([]int32, 2+max(n, -n)), prompt: 2})
	}
	dst := make([]float64, len(scores))
	c.shape(dst, e, longest)
	return dst
}

func TestShape(t *testing.T) {
	for _, test := range []struct {
		name    string
		c       ShapeSection
		lengths []int
		scores  []float64
		want    []float64
	}{
		{"nothing", DefaultShape(), []int{1, -100}, []float64{3, -2}, []float64{3, -2}},
		{"soft overlong", ShapeSection{CutOff: 1, OverlongBuffer: 20, OverlongPenalty: 1},
			[]int{79, 80, 90, 100, -100}, []float64{0, 0, 0, 0, 1}, []float64{0, 0, -0.5, -1, 0}},
		{"a harder one", ShapeSection{CutOff: 1, OverlongBuffer: 100, OverlongPenalty: 3}, []int{50, 100}, []float64{1, 1}, []float64{-0.5, -2}},
		{"cut off, less of it", ShapeSection{CutOff: 0.25}, []int{5, -5, -5}, []float64{1, 1, -2}, []float64{1, 0.25, -0.5}},
		{"cut off, nothing", ShapeSection{}, []int{5, -5}, []float64{1, 1}, []float64{1, 0}},
		{"cut off, another", ShapeSection{CutOff: -0.5}, []int{5, -5, -5}, []float64{1, 1, -2}, []float64{1, -0.5, -0.5}},
		{"clip", ShapeSection{CutOff: 1, Clip: 0.5}, []int{1, 1, 1}, []float64{3, -3, 0.25}, []float64{0.5, -0.5, 0.25}},
		{"all of it, in order", ShapeSection{CutOff: 0.5, OverlongBuffer: 20, OverlongPenalty: 1, Clip: 0.75},
			[]int{-100, 95}, []float64{4, 0}, []float64{0.75, -0.75}},
	} {
		if got := shaped(test.c, 100, test.lengths, test.scores); !slices.Equal(got, test.want) {
			t.Errorf("%s: rewards %v become %v, should be %v", test.name, test.scores, got, test.want)
		}
	}
}

func TestShapeRefusesNonsense(t *testing.T) {
	for _, test := range []struct {
		c    ShapeSection
		want string
	}{
		{ShapeSection{CutOff: 1.5}, "cut_off = 1.5: must be at most 1"},
		{ShapeSection{OverlongBuffer: -1}, "overlong_buffer = -1: must be in [0, 1048576]"},
		{ShapeSection{Clip: -1}, "clip = -1.0: must be at least 0"},
	} {
		if err := config.Check(test.c); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
	c := DefaultGRPO()
	c.Shape.OverlongBuffer = 100
	_, err := Run(t.Context(), c, makeTask(t, "add", nil), Options{Steps: 1, Threads: 1})
	if want := "grpo.shape.overlong_buffer = 100: must be at most 4, the longest length of a completion"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
}
