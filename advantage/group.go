package advantage

// Outcomes are what the completions of a batch were worth, group by group: a
// group is the completions of one prompt. It is plain data and only read. The
// zero value is a batch without completions.
type Outcomes struct {
	Reward []float32 // of each completion
	Length []int32   // of each completion, in tokens; may be nil except for [LengthBaseline]

	// Group holds the G+1 offsets of G groups, which need not be equally large.
	Group []int32
}

// GroupEstimator computes the advantage of every completion from the rewards of
// its group, where other methods would ask a critic.
//
// dst has one element for each completion and must not overlap o.Reward; sums run
// in float64 in the order of the completions. In a group of one, and in a group
// whose rewards are all equal, there is nothing to compare: every estimator but
// [RewardAlone] gives the advantage 0, exactly. A reward that is NaN or infinite
// makes the advantages of its group NaN, those of the whole batch where they are
// scaled by it.
//
// Those of this package panic if lengths differ or the groups do not cover the
// completions, and are safe for concurrent use.
type GroupEstimator func(dst []float32, o *Outcomes)

// NamedGroupEstimator is one of the estimators, by name. The zero value describes
// none. It is a plain value.
type NamedGroupEstimator struct {
	Name    string // as settings and commands call it
	Meaning string // one sentence
	Source  string // the method that it is known from

	// New makes it. epsilon is added to what it divides by, if it divides.
	New func(epsilon float64) GroupEstimator
}

// GroupEstimators lists all there are.
func GroupEstimators() []NamedGroupEstimator {
	plain := func(e GroupEstimator) func(float64) GroupEstimator {
		return func(float64) GroupEstimator { return e }
	}
	return []NamedGroupEstimator{
		{"std", "The reward less the mean of its group, divided by the group's standard deviation.", "GRPO", GroupStd},
		{"mean", "The reward less the mean of its group.", "Dr. GRPO", plain(GroupMean)},
		{"batch-std", "The reward less the mean of its group, divided by the standard deviation of all rewards of the batch.", "TRL", BatchStd},
		{"leave-one-out", "The reward less the mean of the others in its group.", "RLOO", plain(LeaveOneOut)},
		{"leave-one-out-std", "The same, divided by the standard deviation of the others.", "NeMo-RL", LeaveOneOutStd},
		{"length", "The reward less the mean of its group, weighted by length.", "OPO", plain(LengthBaseline)},
		{"maxrl", "The reward less the mean of its group, divided by that mean.", "MaxRL", RelativeToMean},
		{"gpg", "The reward less the mean of its group, times the completions for each one with a reward.", "GPG", plain(PerRewarded)},
		{"reward", "The reward itself.", "REINFORCE", plain(RewardAlone)},
	}
}

// FindGroupEstimator returns the estimator of the given name, and whether there
// is one.
func FindGroupEstimator(name string) (NamedGroupEstimator, bool) {
	for _, e := range GroupEstimators() {
		if e.Name == name {
			return e, true
		}
	}
	return NamedGroupEstimator{}, false
}

// Informative marks the groups that tell good from bad, and returns how many
// they are: those whose rewards have a standard deviation, Bessel's, above
// spread. With a spread of 0 these are the groups with unequal rewards. A group
// with a reward that is NaN is not marked.
//
// dst has one element for each group. It panics if lengths differ or the groups
// do not cover the completions.
//
// Source: dynamic sampling, Yu et al. 2025 (DAPO), https://arxiv.org/abs/2503.14476,
// section 3.2, which leaves out the others.
func Informative(dst []bool, o *Outcomes, spread float64) (count int) {
	if groups := o.check(o.Reward); groups != len(dst) {
		panic("advantage: dst does not have an element for each group")
	}
	for k := range dst {
		first, end := o.group(k)
		_, std := moments(o.Reward[first:end])
		dst[k] = std > spread
		if dst[k] {
			count++
		}
	}
	return count
}

// check returns the number of groups, and panics unless all slices agree.
func (o *Outcomes) check(dst []float32) (groups int) {
	if len(dst) != len(o.Reward) || o.Length != nil && len(o.Length) != len(o.Reward) {
		panic("advantage: slices of the outcomes differ in length")
	}
	checkOffsets(o.Group, len(o.Reward))
	return max(0, len(o.Group)-1)
}

// checkOffsets panics unless offsets cut n elements into pieces.
func checkOffsets(offsets []int32, n int) {
	last := len(offsets) - 1
	if last < 0 && n == 0 {
		return
	}
	if last < 0 || offsets[0] != 0 || int(offsets[last]) != n {
		panic("advantage: offsets do not cover the elements")
	}
	for k := range last {
		if offsets[k] > offsets[k+1] {
			panic("advantage: offsets fall")
		}
	}
}

// group returns the completions of group k: from first to before end.
func (o *Outcomes) group(k int) (first, end int) { return int(o.Group[k]), int(o.Group[k+1]) }
