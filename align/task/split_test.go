package task_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/seed"
)

// every lists all prompts of small tasks.
func every(name string) (prompts []string) {
	switch name {
	case "add":
		for x := 10; x < 100; x++ {
			for y := 10; y < 100; y++ {
				prompts = append(prompts, fmt.Sprintf("%d+%d=", x, y))
			}
		}
	case "copy", "sort", "reverse":
		for x := range 1000 {
			prompts = append(prompts, fmt.Sprintf("%03d>", x))
		}
	case "preference":
		for x := range 4 * 4 * 4 {
			prompts = append(prompts, string([]byte{"abcd"[x/16], "abcd"[x/4%4], "abcd"[x%4]}))
		}
	}
	return prompts
}

// small are the settings that make the tasks that every lists.
var small = map[string]map[string]any{
	"add":        nil,
	"copy":       {"length": 3},
	"sort":       {"length": 3},
	"reverse":    {"length": 3},
	"preference": {"letters": "abcd", "liked": "a", "prompt_length": 3},
}

// TestSidesNeverOverlap draws, from each side of tasks whose prompts can be
// listed, many times as many prompts as there are: each side gives all of its
// own and none of the other's, and the two together are all.
func TestSidesNeverOverlap(t *testing.T) {
	for name, options := range small {
		t.Run(name, func(t *testing.T) {
			made, all := made(t, name, options), every(name)
			sides := map[task.Side]map[string]bool{task.Training: {}, task.HeldOut: {}}
			for _, prompt := range all {
				sides[task.SideOf(made, prompt)][prompt] = true
			}
			for side, own := range sides {
				drawn, rng := map[string]bool{}, seed.New(uint64(side))
				for range 12 * len(own) {
					prompt, err := task.Draw(made, side, rng)
					if err != nil {
						t.Fatal(err)
					}
					if !own[prompt] {
						t.Fatalf("%q was drawn from the %v side", prompt, side)
					}
					drawn[prompt] = true
				}
				// Each is missed once in e¹² times.
				if missed := len(own) - len(drawn); missed > 3 {
					t.Errorf("%d of %d prompts of the %v side were never drawn", missed, len(own), side)
				}
			}
			share := float64(len(sides[task.HeldOut])) / float64(len(all))
			if math.Abs(share-made.Spec().HeldOut) > 0.05 {
				t.Errorf("%v of the prompts are held out, should be about %v", share, made.Spec().HeldOut)
			}
		})
	}
}

// TestSharesGrow: what is held out at one share stays so at any larger one, and
// the number of keys is as the share says, to four standard deviations.
func TestSharesGrow(t *testing.T) {
	prompts := every("copy")
	before := map[string]bool{}
	for _, share := range []float64{0, 0.01, 0.1, 0.25, 0.5, 0.9, 0.999} {
		made, now := made(t, "copy", map[string]any{"length": 3, "held_out": share}), map[string]bool{}
		for _, prompt := range prompts {
			now[prompt] = task.SideOf(made, prompt) == task.HeldOut
			if before[prompt] && !now[prompt] {
				t.Fatalf("%q is no longer held out at %v", prompt, share)
			}
		}
		held := 0
		for _, is := range now {
			if is {
				held++
			}
		}
		n := float64(len(prompts))
		if math.Abs(float64(held)-n*share) > 4*math.Sqrt(n*share*(1-share)) {
			t.Errorf("%d of %v prompts are held out at the share %v", held, n, share)
		}
		before = now
	}
}

// Prompts that give each other away are on the same side.
func TestRelativesStayTogether(t *testing.T) {
	rng := seed.New(4)
	for _, c := range []struct {
		name     string
		relative func(prompt string) string
	}{
		{"add", func(p string) string {
			left, right, _ := strings.Cut(strings.TrimSuffix(p, "="), "+")
			return right + "+" + left + "="
		}},
		{"sort", func(p string) string {
			letters := []int32(p[:len(p)-1])
			rng.Shuffle(letters)
			return string(letters) + ">"
		}},
		{"countdown", func(p string) string {
			numbers, target, _ := strings.Cut(p, ":")
			list := strings.Split(numbers, ",")
			slices.Reverse(list)
			return strings.Join(list, ",") + ":" + target
		}},
	} {
		made := made(t, c.name, map[string]any{"held_out": 0.5})
		others := 0
		for range 2000 {
			prompt := made.Prompt(rng)
			relative := c.relative(prompt)
			if task.SideOf(made, prompt) != task.SideOf(made, relative) {
				t.Errorf("%s: %q and %q are parted", c.name, prompt, relative)
			}
			if prompt != relative {
				others++
			}
		}
		if others < 1000 {
			t.Errorf("%s: only %d pairs were tested", c.name, others)
		}
	}
}

func TestDistinct(t *testing.T) {
	add := made(t, "add", nil)
	held, err := task.Distinct(add, task.HeldOut, 512, seed.New(5))
	if err != nil || len(held) != 512 {
		t.Fatalf("%d prompts (%v)", len(held), err)
	}
	again, _ := task.Distinct(add, task.HeldOut, 512, seed.New(5))
	if !slices.Equal(held, again) {
		t.Error("the same seed gives other prompts")
	}
	if sorted := slices.Sorted(slices.Values(held)); len(slices.Compact(sorted)) != 512 {
		t.Error("prompts are there twice")
	}
	for _, prompt := range held {
		if task.SideOf(add, prompt) != task.HeldOut {
			t.Errorf("%q is not held out", prompt)
		}
	}

	for _, c := range []struct {
		made task.Task
		side task.Side
		want int
	}{
		{made(t, "tilt", nil), task.HeldOut, 1},
		{made(t, "tilt", nil), task.Training, 1},
		{made(t, "bandit", nil), task.HeldOut, 4},
		{made(t, "copy", map[string]any{"length": 1, "held_out": 0.0}), task.HeldOut, 10},
	} {
		got, err := task.Distinct(c.made, c.side, 1000, seed.New(6))
		if err != nil || len(got) != c.want {
			t.Errorf("%s: %d different prompts, should be %d (%v)", c.made.Spec().Name, len(got), c.want, err)
		}
	}
}

func TestAnEmptySideIsAnError(t *testing.T) {
	made := made(t, "copy", map[string]any{"letters": "ab", "length": 1, "held_out": 1e-9})
	want := "task copy: none of 10000 drawn prompts is a held-out one: held_out = 1e-09 leaves none, or too few, on that side"
	if prompt, err := task.Draw(made, task.HeldOut, seed.New(7)); prompt != "" || err == nil || err.Error() != want {
		t.Errorf("drew %q with the error %v, should be %s", prompt, err, want)
	}
	if prompts, err := task.Distinct(made, task.HeldOut, 3, seed.New(7)); prompts != nil || err == nil {
		t.Errorf("drew %q with the error %v", prompts, err)
	}
}
