package advantage_test

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/proximal-rl/proximal/advantage"
	"github.com/proximal-rl/proximal/internal/golden"
)

var (
	printed = golden.Tolerance{Absolute: 6e-7, Why: "six decimals were printed, and results are float32"}
	single  = golden.Tolerance{Absolute: 1e-7, Relative: 1e-7, Why: "results are rounded to float32"}
)

// estimate applies the estimator of the given name.
func estimate(t testing.TB, name string, epsilon float64, o *advantage.Outcomes) []float32 {
	t.Helper()
	e, ok := advantage.FindGroupEstimator(name)
	if !ok {
		t.Fatalf("there is no estimator %q", name)
	}
	dst := make([]float32, len(o.Reward))
	e.New(epsilon)(dst, o)
	return dst
}

// oneGroup is the completions of one prompt.
func oneGroup(reward ...float32) *advantage.Outcomes {
	return &advantage.Outcomes{Reward: reward, Group: []int32{0, int32(len(reward))}}
}

// Numbers computed by hand in float64 for two groups of four.
func TestGroupsByHand(t *testing.T) {
	coin := oneGroup(1, 0, 0, 1)
	coin.Length = []int32{2, 4, 3, 1}
	graded := oneGroup(0.2, 0.9, 0.4, 0.1)
	for _, test := range []struct {
		name    string
		epsilon float64
		o       *advantage.Outcomes
		want    []float64
	}{
		{"std", 1e-6, coin, []float64{0.866024, -0.866024, -0.866024, 0.866024}},
		{"std", 1e-4, coin, []float64{0.865875, -0.865875, -0.865875, 0.865875}},
		{"mean", 0, coin, []float64{0.5, -0.5, -0.5, 0.5}},
		{"leave-one-out", 0, coin, []float64{0.666667, -0.666667, -0.666667, 0.666667}},
		{"leave-one-out-std", 1e-6, coin, []float64{1.154699, -1.154699, -1.154699, 1.154699}},
		{"length", 0, coin, []float64{0.7, -0.3, -0.3, 0.7}},
		{"std", 1e-6, graded, []float64{-0.561950, 1.404875, 0, -0.842925}},
		{"std", 1e-4, graded, []float64{-0.561794, 1.404484, 0, -0.842690}},
		{"leave-one-out", 0, graded, []float64{-0.266667, 0.666667, 0, -0.4}},
		{"leave-one-out-std", 1e-6, graded, []float64{-0.659827, 4.364329, 0, -1.109397}},
		{"maxrl", 1e-6, graded, []float64{-0.499999, 1.249997, 0, -0.749998}},
		{"reward", 0, graded, []float64{0.2, 0.9, 0.4, 0.1}},
	} {
		golden.Close(t, test.name, estimate(t, test.name, test.epsilon, test.o), test.want, printed)
	}
	// Six of eight have a reward: the factor is 4/3. The means are 1/2 and 1.
	two := &advantage.Outcomes{Reward: []float32{1, 0, 0, 1, 1, 1, 1, 1}, Group: []int32{0, 4, 8}}
	golden.Close(t, "gpg", estimate(t, "gpg", 0, two), []float64{2. / 3, -2. / 3, -2. / 3, 2. / 3, 0, 0, 0, 0}, printed)
	// The deviation of all eight is sqrt(1.5/7).
	golden.Close(t, "batch-std", estimate(t, "batch-std", 0, two),
		[]float64{1.080123, -1.080123, -1.080123, 1.080123, 0, 0, 0, 0}, printed)
}

func TestGroupsOfTorch(t *testing.T) {
	var file struct {
		Group, Length []int32
		Reward        golden.Float32s
		Epsilon       map[string]map[string]golden.Float64s
		X, Mask       golden.Float32s
		Whiten        golden.Float64s
		Spread        golden.Float64s `json:"whiten_spread"`
	}
	golden.Read(t, "testdata/groups.json", &file)
	o := &advantage.Outcomes{Reward: file.Reward, Length: file.Length, Group: file.Group}
	compared := 0
	for text, estimates := range file.Epsilon {
		epsilon, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range estimates {
			golden.Close(t, name+" with epsilon "+text, estimate(t, name, epsilon, o), want, single)
			compared++
		}
	}
	if want := 2 * len(advantage.GroupEstimators()); compared != want {
		t.Errorf("%d estimates are recorded, there are %d", compared, want)
	}
	dst := make([]float32, len(file.X))
	advantage.Whiten(dst, file.X, file.Mask)
	golden.Close(t, "whitened", dst, file.Whiten, single)
	advantage.WhitenSpread(dst, file.X, file.Mask)
	golden.Close(t, "whitened without the shift", dst, file.Spread, single)
}

// drawOutcomes draws groups of one to six, some with equal rewards throughout.
func drawOutcomes(t *rapid.T) *advantage.Outcomes {
	o := &advantage.Outcomes{Group: []int32{0}}
	for range rapid.IntRange(1, 6).Draw(t, "groups") {
		n := rapid.IntRange(1, 6).Draw(t, "size")
		reward := rapid.Float32Range(-10, 10)
		if rapid.Bool().Draw(t, "equal") {
			reward = rapid.Just(reward.Draw(t, "reward"))
		}
		o.Reward = append(o.Reward, rapid.SliceOfN(reward, n, n).Draw(t, "rewards")...)
		o.Length = append(o.Length, rapid.SliceOfN(rapid.Int32Range(1, 50), n, n).Draw(t, "lengths")...)
		o.Group = append(o.Group, int32(len(o.Reward)))
	}
	return o
}

// Without a difference there is nothing to learn, and no rounding that would be
// taken for a difference, whatever it is divided by.
func TestGroupsWithoutDifferenceHaveNoAdvantage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawOutcomes(t)
		informative := make([]bool, len(o.Group)-1)
		advantage.Informative(informative, o, 0)
		for _, e := range advantage.GroupEstimators() {
			if e.Name == "reward" {
				continue
			}
			for _, epsilon := range []float64{0, 1e-6} {
				dst := make([]float32, len(o.Reward))
				e.New(epsilon)(dst, o)
				for k := range informative {
					group := o.Reward[o.Group[k]:o.Group[k+1]]
					if equal := slices.Max(group) == slices.Min(group); equal == informative[k] {
						t.Fatalf("rewards %v are informative: %v", group, informative[k])
					}
					for _, a := range dst[o.Group[k]:o.Group[k+1]] {
						if !informative[k] && a != 0 || math.IsNaN(float64(a)) {
							t.Fatalf("%s: rewards %v have the advantage %v", e.Name, group, a)
						}
					}
				}
			}
		}
	})
}

// Within a group a larger reward never has the smaller advantage, where the
// baseline is the group's.
func TestAdvantagesFollowRewards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawOutcomes(t)
		for _, name := range []string{"std", "mean", "batch-std", "leave-one-out", "length", "reward"} {
			e, _ := advantage.FindGroupEstimator(name)
			dst := make([]float32, len(o.Reward))
			e.New(1e-6)(dst, o)
			for k := range len(o.Group) - 1 {
				for i := o.Group[k]; i < o.Group[k+1]; i++ {
					for j := i + 1; j < o.Group[k+1]; j++ {
						if (o.Reward[i] < o.Reward[j]) != (dst[i] < dst[j]) && dst[i] != dst[j] {
							t.Fatalf("%s: rewards %v and %v have the advantages %v and %v", name, o.Reward[i], o.Reward[j], dst[i], dst[j])
						}
					}
				}
			}
		}
	})
}

// The completions of a group are in no order: moved, they keep their advantages.
// Nor does what stands in other groups matter, where nothing is scaled by the
// batch.
func TestGroupsAreSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawOutcomes(t)
		k := rapid.IntRange(0, len(o.Group)-2).Draw(t, "group")
		first, end := o.Group[k], o.Group[k+1]
		order := rapid.Permutation(indices(int(end-first))).Draw(t, "order")
		alone := oneGroup(make([]float32, len(order))...)
		alone.Length = make([]int32, len(order))
		for i, j := range order {
			alone.Reward[i], alone.Length[i] = o.Reward[int(first)+j], o.Length[int(first)+j]
		}
		for _, e := range advantage.GroupEstimators() {
			if e.Name == "batch-std" || e.Name == "gpg" {
				continue
			}
			whole, moved := make([]float32, len(o.Reward)), make([]float32, len(order))
			e.New(1e-6)(whole, o)
			e.New(1e-6)(moved, alone)
			for i, j := range order {
				got, want := float64(moved[i]), float64(whole[int(first)+j])
				if math.Abs(got-want) > 1e-5*(1+math.Abs(want)) {
					t.Fatalf("%s: %v, should be %v", e.Name, got, want)
				}
			}
		}
	})
}

func indices(n int) []int {
	x := make([]int, n)
	for i := range x {
		x[i] = i
	}
	return x
}

// What is no number stays in its group, and is never taken for a number.
func TestGroupsWithNaN(t *testing.T) {
	nan := float32(math.NaN())
	o := &advantage.Outcomes{Reward: []float32{1, nan, 0, 2, 5, nan}, Length: []int32{1, 1, 1, 1, 1, 1}, Group: []int32{0, 3, 5, 6}}
	for _, e := range advantage.GroupEstimators() {
		dst := make([]float32, 6)
		e.New(1e-6)(dst, o)
		for i, a := range dst {
			poisoned := i < 3 || i == 5
			switch e.Name {
			case "batch-std":
				poisoned = true
			case "reward":
				poisoned = i == 1 || i == 5
			}
			if math.IsNaN(float64(a)) != poisoned {
				t.Errorf("%s: advantage %d is %v", e.Name, i, a)
			}
		}
	}
	informative := make([]bool, 3)
	if n := advantage.Informative(informative, o, 0); n != 1 || !informative[1] {
		t.Errorf("informative: %v", informative)
	}
}

// The bound is on the standard deviation: 0.5 and sqrt(1/3) here.
func TestInformativeBySpread(t *testing.T) {
	o := &advantage.Outcomes{Reward: []float32{0, 0, 0, 1, 0, 1, 0, 1}, Group: []int32{0, 4, 8}}
	dst := make([]bool, 2)
	for spread, want := range map[float64]int{0: 2, 0.49: 2, 0.5: 1, 0.57: 1, 0.58: 0} {
		if got := advantage.Informative(dst, o, spread); got != want {
			t.Errorf("above %v there are %d groups, should be %d", spread, got, want)
		}
	}
}

func TestGroupsAllocateNothing(t *testing.T) {
	o := &advantage.Outcomes{Reward: []float32{1, 0, 0, 1, 3}, Length: []int32{1, 2, 3, 4, 5}, Group: []int32{0, 2, 5}}
	dst, informative := make([]float32, 5), make([]bool, 2)
	for _, e := range advantage.GroupEstimators() {
		of := e.New(1e-6)
		if count := testing.AllocsPerRun(10, func() {
			of(dst, o)
			advantage.Informative(informative, o, 0)
		}); count != 0 {
			t.Errorf("%s: %v allocations", e.Name, count)
		}
	}
}

func TestGroupMisuse(t *testing.T) {
	two, three := make([]float32, 2), make([]float32, 3)
	for _, c := range []struct {
		want string
		call func()
	}{
		{"advantage: slices of the outcomes differ in length", func() { advantage.GroupMean(three, oneGroup(1, 2)) }},
		{"advantage: slices of the outcomes differ in length", func() {
			advantage.GroupMean(two, &advantage.Outcomes{Reward: two, Length: []int32{1}, Group: []int32{0, 2}})
		}},
		{"advantage: offsets do not cover the elements", func() { advantage.GroupMean(two, &advantage.Outcomes{Reward: two, Group: []int32{0, 1}}) }},
		{"advantage: offsets do not cover the elements", func() { advantage.GroupMean(two, &advantage.Outcomes{Reward: two}) }},
		{"advantage: offsets fall", func() { advantage.GroupMean(two, &advantage.Outcomes{Reward: two, Group: []int32{0, 3, 2}}) }},
		{"advantage: a baseline by length needs lengths", func() { advantage.LengthBaseline(two, oneGroup(1, 2)) }},
		{"advantage: length of a completion is not positive", func() {
			advantage.LengthBaseline(two, &advantage.Outcomes{Reward: two, Length: []int32{1, 0}, Group: []int32{0, 2}})
		}},
		{"advantage: epsilon is negative or not finite", func() { advantage.GroupStd(-1) }},
		{"advantage: epsilon is negative or not finite", func() { advantage.BatchStd(math.NaN()) }},
		{"advantage: dst does not have an element for each group", func() { advantage.Informative(nil, oneGroup(1, 2), 0) }},
		{"advantage: lengths of the slices differ", func() { advantage.Whiten(two, three, nil) }},
		{"advantage: lengths of the slices differ", func() { advantage.WhitenSpread(two, two, three) }},
		{"advantage: lengths of the slices differ", func() { advantage.Chain(two, two, two, three, []int32{0, 2}, 1, 1) }},
		{"advantage: offsets do not cover the elements", func() { advantage.Chain(two, two, two, nil, []int32{0, 3}, 1, 1) }},
		{"advantage: x does not have a number for each sequence", func() { advantage.AtLast(two, three, []int32{0, 2}) }},
		{"advantage: a sequence without tokens has no last one", func() { advantage.AtLast(three, two, []int32{0, 3, 3}) }},
	} {
		t.Run(c.want, func(t *testing.T) {
			defer func() {
				if got := recover(); got != c.want {
					t.Errorf("panic %v", got)
				}
			}()
			c.call()
		})
	}
}
