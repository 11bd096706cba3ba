package record

import (
	"fmt"
	"slices"
)

// The names of all metrics. The part before the slash is the group that
// displays show together. [Metrics] has the unit and meaning of each.
const (
	RolloutReturnMean = "rollout/return_mean"
	RolloutReturnStd  = "rollout/return_std"
	RolloutReturnMin  = "rollout/return_min"
	RolloutReturnMax  = "rollout/return_max"
	RolloutLengthMean = "rollout/length_mean"
	RolloutEpisodes   = "rollout/episodes"
	RolloutRewardMean = "rollout/reward_mean"

	PolicyLoss                  = "policy/loss"
	PolicyEntropy               = "policy/entropy"
	PolicyKL                    = "policy/kl"
	PolicyKL1                   = "policy/kl_k1"
	PolicyClipFraction          = "policy/clip_fraction"
	PolicyClipFractionHigh      = "policy/clip_fraction_high"
	PolicyClipFractionLow       = "policy/clip_fraction_low"
	PolicyHighPositive          = "policy/clip_fraction_high_positive"
	PolicyHighNegative          = "policy/clip_fraction_high_negative"
	PolicyLowPositive           = "policy/clip_fraction_low_positive"
	PolicyLowNegative           = "policy/clip_fraction_low_negative"
	PolicyZeroGradient          = "policy/zero_gradient_fraction"
	PolicyZeroGradientAdvantage = "policy/zero_gradient_advantage"
	PolicyGuardedFraction       = "policy/guarded_fraction"
	PolicyEffectiveSampleSize   = "policy/effective_sample_size"
	PolicyLogRatio              = "policy/log_ratio"
	PolicyRatioMean             = "policy/ratio_mean"
	PolicyRatioMin              = "policy/ratio_min"
	PolicyRatioMax              = "policy/ratio_max"
	PolicyStd                   = "policy/std"

	ValueLoss              = "value/loss"
	ValueExplainedVariance = "value/explained_variance"

	OptimLearningRate  = "optim/learning_rate"
	OptimGradientNorm  = "optim/gradient_norm"
	OptimClipLow       = "optim/clip_low"
	OptimClipHigh      = "optim/clip_high"
	OptimUpdates       = "optim/updates"
	OptimMinibatches   = "optim/minibatches"
	OptimEarlyStops    = "optim/early_stops"
	OptimKLCoefficient = "optim/kl_coefficient"

	OptimKLReferenceCoefficient = "optim/kl_reference_coefficient"

	PolicyKLExact        = "policy/kl_exact"
	RolloutWholeFraction = "rollout/whole_fraction"

	AuxiliaryPolicyKL  = "auxiliary/policy_kl"
	AuxiliaryKL        = "auxiliary/kl"
	AuxiliaryLoss      = "auxiliary/loss"
	AuxiliaryValueLoss = "auxiliary/value_loss"
	AuxiliaryPhases    = "auxiliary/phases"

	GuardKL       = "guard/kl"
	GuardDrop     = "guard/drop"
	GuardRestores = "guard/restores"
	GuardUndone   = "guard/undone"

	// Of steps along the natural gradient: TRPO's and NPG's.
	NaturalGain              = "natural/gain"
	NaturalStepScale         = "natural/step_scale"
	NaturalSearchSteps       = "natural/search_steps"
	NaturalGradientNorm      = "natural/gradient_norm"
	NaturalResidual          = "natural/residual"
	NaturalFailures          = "natural/failures"
	NaturalCurvatureFailures = "natural/curvature_failures"

	// Of language models. Text is what is drawn from them.
	TextRewardMean      = "text/reward_mean"
	TextRewardStd       = "text/reward_std"
	TextGoldMean        = "text/gold_mean"
	TextAccuracy        = "text/accuracy"
	TextWithoutSignal   = "text/groups_without_signal"
	TextGroupsDropped   = "text/groups_dropped"
	TextLengthMean      = "text/length_mean"
	TextLengthMax       = "text/length_max"
	TextCutOff          = "text/cut_off_fraction"
	TextTokens          = "text/tokens"
	TextTokensDrawn     = "text/tokens_drawn"
	TextMismatch        = "text/mismatch"
	TextMismatchKL      = "text/mismatch_kl"
	PolicyKLReference   = "policy/kl_reference"
	PolicyKLReferenceK3 = "policy/kl_reference_k3"
	SFTLoss             = "sft/loss"
	PairsLoss           = "pairs/loss"
	PairsAccuracy       = "pairs/accuracy"
	PairsMargin         = "pairs/margin"
	PairsChosen         = "pairs/chosen"
	PairsRejected       = "pairs/rejected"
	EvalAccuracySampled = "eval/accuracy_sampled"
	EvalAccuracyGreedy  = "eval/accuracy_greedy"
	EvalRewardMean      = "eval/reward_mean"
	EvalTextLength      = "eval/text_length"
	EvalKLReference     = "eval/kl_reference"
	EvalImitationLoss   = "eval/imitation_loss"
	EvalPairAccuracy    = "eval/pair_accuracy"

	EvalReturnMean = "eval/return_mean"
	EvalReturnStd  = "eval/return_std"
	EvalReturnMin  = "eval/return_min"
	EvalReturnMax  = "eval/return_max"
	EvalLengthMean = "eval/length_mean"
	EvalEpisodes   = "eval/episodes"

	TimeSeconds        = "time/seconds"
	TimeCPUSeconds     = "time/cpu_seconds"
	TimeStepsPerSecond = "time/steps_per_second"

	TimeTokensPerSecond = "time/tokens_per_second"
)

// Direction says which values of a metric are wanted. Its zero value, Neither,
// stands for a metric that is only watched.
type Direction uint8

// The directions.
const (
	Neither Direction = iota
	Higher
	Lower
)

// String returns "neither", "higher" or "lower".
func (d Direction) String() string {
	switch d {
	case Higher:
		return "higher"
	case Lower:
		return "lower"
	default:
		return "neither"
	}
}

// Metric describes one metric. Metrics are plain values, safe to share; the
// zero value describes nothing.
type Metric struct {
	Name    string    // group/name
	Unit    string    // "1" for a pure number, "fraction" for one from 0 to 1
	Meaning string    // one sentence
	Better  Direction // which values are wanted
	Clock   bool      // read from a clock: differs between runs of one seed
	// Histogram is set for what is not one number but counts of many.
	Histogram bool
}

// metrics is the list. It is never written to.
var metrics = []Metric{
	{Name: RolloutReturnMean, Unit: "reward", Better: Higher,
		Meaning: "Mean undiscounted return of the episodes that ended in the latest rollout; absent when none did."},
	{Name: RolloutReturnStd, Unit: "reward",
		Meaning: "Standard deviation of the returns of the episodes that ended in the latest rollout."},
	{Name: RolloutReturnMin, Unit: "reward", Better: Higher,
		Meaning: "Lowest return of an episode that ended in the latest rollout."},
	{Name: RolloutReturnMax, Unit: "reward", Better: Higher,
		Meaning: "Highest return of an episode that ended in the latest rollout."},
	{Name: RolloutLengthMean, Unit: "steps",
		Meaning: "Mean length of the episodes that ended in the latest rollout."},
	{Name: RolloutEpisodes, Unit: "episodes",
		Meaning: "Number of episodes that ended in the latest rollout."},
	{Name: RolloutRewardMean, Unit: "reward", Better: Higher,
		Meaning: "Mean reward of a step of the latest rollout, as the environment gave it, before any scaling."},

	{Name: PolicyLoss, Unit: "1",
		Meaning: "Surrogate loss of the policy, mean over the minibatches of the update."},
	{Name: PolicyEntropy, Unit: "nats",
		Meaning: "Mean entropy of the action distribution; near 0 the policy no longer explores."},
	{Name: PolicyKL, Unit: "nats",
		Meaning: "Estimate k3 of the divergence KL(old ‖ new), the mean of (r − 1) − log r over the probability ratios r, in the last pass of the update over its samples; never negative."},
	{Name: PolicyKL1, Unit: "nats",
		Meaning: "Estimate k1 of the divergence KL(old ‖ new), the mean of −log r, in the last pass of the update over its samples; unbiased, noisy, may be negative."},
	{Name: PolicyClipFraction, Unit: "fraction",
		Meaning: "Fraction of samples whose probability ratio lies outside the clip range on either side, over all minibatches of the update."},
	{Name: PolicyClipFractionHigh, Unit: "fraction",
		Meaning: "Fraction of samples whose probability ratio lies above the clip range."},
	{Name: PolicyClipFractionLow, Unit: "fraction",
		Meaning: "Fraction of samples whose probability ratio lies below the clip range."},
	{Name: PolicyHighPositive, Unit: "fraction",
		Meaning: "Fraction of samples above the clip range whose advantage is positive: the policy has moved far where it should, and the clip takes their gradient."},
	{Name: PolicyHighNegative, Unit: "fraction",
		Meaning: "Fraction of samples above the clip range whose advantage is negative: the policy has moved the wrong way, and their gradient is the full one."},
	{Name: PolicyLowPositive, Unit: "fraction",
		Meaning: "Fraction of samples below the clip range whose advantage is positive: the policy has moved the wrong way, and their gradient is the full one."},
	{Name: PolicyLowNegative, Unit: "fraction",
		Meaning: "Fraction of samples below the clip range whose advantage is negative: the policy has moved far where it should, and the clip takes their gradient."},
	{Name: PolicyZeroGradient, Unit: "fraction",
		Meaning: "Fraction of samples whose gradient is exactly zero; for PPO's clip, those outside the range on the side their advantage pushes to."},
	{Name: PolicyZeroGradientAdvantage, Unit: "fraction",
		Meaning: "Share of the sum of |advantage| that the samples with zero gradient carry; absent if all advantages are zero."},
	{Name: PolicyGuardedFraction, Unit: "fraction", Better: Lower,
		Meaning: "Fraction of samples whose log-ratio was beyond ±20 and held there; anything but 0 means that the policy has left its samples behind."},
	{Name: PolicyEffectiveSampleSize, Unit: "fraction",
		Meaning: "Share of the samples that would tell as much about the new policy, had it drawn them itself, as all of them do with their ratios, (Σ r)² / (n Σ r²), in the last pass of the update."},
	{Name: PolicyLogRatio, Unit: "nats", Histogram: true,
		Meaning: "Logarithms of the probability ratios of new to old policy in the last pass of the update."},
	{Name: PolicyRatioMean, Unit: "1",
		Meaning: "Mean probability ratio of new to old policy in the last pass of the update; its expectation is 1."},
	{Name: PolicyRatioMin, Unit: "1",
		Meaning: "Smallest probability ratio in the last pass of the update."},
	{Name: PolicyRatioMax, Unit: "1",
		Meaning: "Largest probability ratio in the last pass of the update."},
	{Name: PolicyStd, Unit: "1",
		Meaning: "Standard deviation of a Gaussian policy, mean over the action dimensions; absent for discrete actions."},

	{Name: ValueLoss, Unit: "1", Better: Lower,
		Meaning: "Loss of the value function, mean over the minibatches of the update, before its coefficient."},
	{Name: ValueExplainedVariance, Unit: "1", Better: Higher,
		Meaning: "Share of the variance of the value targets that the value function explained before the update: 1 is perfect, 0 no better than their mean."},

	{Name: OptimLearningRate, Unit: "1",
		Meaning: "Learning rate in force."},
	{Name: OptimGradientNorm, Unit: "1",
		Meaning: "Euclidean norm of the gradient over all parameters before it is clipped, mean over the minibatches of the update."},
	{Name: OptimClipLow, Unit: "1",
		Meaning: "Clip range below 1 in force: ratios under 1 − clip_low are clipped."},
	{Name: OptimClipHigh, Unit: "1",
		Meaning: "Clip range above 1 in force: ratios over 1 + clip_high are clipped."},
	{Name: OptimUpdates, Unit: "updates",
		Meaning: "Updates finished so far, one for each rollout."},
	{Name: OptimMinibatches, Unit: "minibatches",
		Meaning: "Gradient steps taken in the latest update; fewer than planned after an early stop."},
	{Name: OptimEarlyStops, Unit: "updates",
		Meaning: "Updates so far that the target for the divergence ended early, and that stayed."},
	{Name: OptimKLCoefficient, Unit: "1",
		Meaning: "Coefficient of the KL penalty in force; absent where the objective has none."},
	{Name: OptimKLReferenceCoefficient, Unit: "1",
		Meaning: "Coefficient of the penalty on a language model's divergence from the reference in force; absent without one."},

	{Name: PolicyKLExact, Unit: "nats",
		Meaning: "Divergence KL(old ‖ new) of the update from the action distributions themselves, mean over the experience that the update learned from."},
	{Name: RolloutWholeFraction, Unit: "fraction", Better: Higher,
		Meaning: "Fraction of the steps of the latest rollout whose episode ended within it; REINFORCE learns from these alone."},

	{Name: AuxiliaryPolicyKL, Unit: "nats",
		Meaning: "How far the policy phase went: divergence of the policy at its end from those that gathered the phase's experience, mean over all of it; in the row of an auxiliary phase alone, like all of this group."},
	{Name: AuxiliaryKL, Unit: "nats",
		Meaning: "How far the auxiliary phase moved the policy: divergence KL(before ‖ after), mean over the phase's experience."},
	{Name: AuxiliaryLoss, Unit: "1", Better: Lower,
		Meaning: "Half the mean squared error of the auxiliary value head in the last pass of the auxiliary phase."},
	{Name: AuxiliaryValueLoss, Unit: "1", Better: Lower,
		Meaning: "Half the mean squared error of the critic in the last pass of the auxiliary phase."},
	{Name: AuxiliaryPhases, Unit: "phases",
		Meaning: "Auxiliary phases so far."},

	{Name: GuardKL, Unit: "nats",
		Meaning: "Divergence KL(old ‖ new) after the update, mean over all of the experience, as the guard measured it at its latest try; absent without a guard, like all of this group."},
	{Name: GuardDrop, Unit: "1",
		Meaning: "How much lower the update left the objective over all of the experience than it found it, at the guard's latest try; negative where the update has raised it; absent without a bound on it."},
	{Name: GuardRestores, Unit: "updates",
		Meaning: "Updates so far that the guard took back, each retry counted."},
	{Name: GuardUndone, Unit: "updates",
		Meaning: "Updates so far that stayed undone because every retry went too far."},

	// Of steps along the natural gradient: TRPO's and NPG's.
	{Name: NaturalGain, Unit: "1", Better: Higher,
		Meaning: "How much the update raised the surrogate over all of the experience; 0 if the policy stayed as it was. Only TRPO and NPG have this group."},
	{Name: NaturalStepScale, Unit: "fraction",
		Meaning: "Length of the step taken, as part of the longest one that the quadratic model of the divergence allows; 0 if none was acceptable."},
	{Name: NaturalSearchSteps, Unit: "steps",
		Meaning: "Steps that the line search tried."},
	{Name: NaturalGradientNorm, Unit: "1",
		Meaning: "Euclidean norm of the gradient of the surrogate by the actor's parameters."},
	{Name: NaturalResidual, Unit: "1", Better: Lower,
		Meaning: "What the conjugate gradient method left unsolved, ‖g − Hx‖/‖g‖."},
	{Name: NaturalFailures, Unit: "updates", Better: Lower,
		Meaning: "Updates so far that left the policy as it was, because no step was acceptable or there was none to try."},
	{Name: NaturalCurvatureFailures, Unit: "updates", Better: Lower,
		Meaning: "Updates so far in which the curvature of the divergence was not positive, or not a number, along a direction of the conjugate gradient method."},

	// Of language models. Text is what is drawn from them.
	{Name: TextRewardMean, Unit: "reward", Better: Higher,
		Meaning: "Mean reward of the completions of the step, by the verifier or the reward model, before any shaping."},
	{Name: TextRewardStd, Unit: "reward",
		Meaning: "Standard deviation of the same."},
	{Name: TextGoldMean, Unit: "reward", Better: Higher,
		Meaning: "Mean reward that the task's verifier gives the same completions; present where a reward model has taken its place, and never learned from there."},
	{Name: TextAccuracy, Unit: "fraction", Better: Higher,
		Meaning: "Fraction of the completions of the step that get the task's best reward."},
	{Name: TextWithoutSignal, Unit: "fraction", Better: Lower,
		Meaning: "Fraction of the groups of completions drawn in which all rewards are equal, so that comparing them says nothing."},
	{Name: TextGroupsDropped, Unit: "groups",
		Meaning: "Groups without signal that dynamic sampling dropped and drew others for, in the step."},
	{Name: TextLengthMean, Unit: "tokens",
		Meaning: "Mean length of the completions of the step, the token that ends one counted."},
	{Name: TextLengthMax, Unit: "tokens",
		Meaning: "Length of the longest completion of the step."},
	{Name: TextCutOff, Unit: "fraction",
		Meaning: "Fraction of the completions of the step that were cut off by their length, without an end of their own."},
	{Name: TextTokens, Unit: "tokens",
		Meaning: "Tokens learned from in the step, prompts not counted, each once."},
	{Name: TextTokensDrawn, Unit: "tokens",
		Meaning: "Tokens drawn in the step, those of dropped groups included."},
	{Name: TextMismatch, Unit: "1", Better: Lower,
		Meaning: "Mean absolute difference between the probability with which a token was drawn and the one that training computes for it in the first minibatch, before its step: exactly 0 here."},
	{Name: TextMismatchKL, Unit: "nats", Better: Lower,
		Meaning: "Divergence of the two, estimated by k3: exactly 0 likewise."},
	{Name: PolicyKLReference, Unit: "nats",
		Meaning: "Divergence KL(model ‖ reference) of whole completions before the step: mean over them of the sum of the log-ratios of their tokens."},
	{Name: PolicyKLReferenceK3, Unit: "nats",
		Meaning: "The same by the estimate k3 of each token, which is never negative."},
	{Name: SFTLoss, Unit: "nats", Better: Lower,
		Meaning: "Mean negative log-probability of a token of the demonstrations of the step."},
	{Name: PairsLoss, Unit: "nats", Better: Lower,
		Meaning: "Loss of the preferences of the step, mean over pairs."},
	{Name: PairsAccuracy, Unit: "fraction", Better: Higher,
		Meaning: "Fraction of the pairs of the step whose chosen completion is rated above the rejected one, ties counted half."},
	{Name: PairsMargin, Unit: "1",
		Meaning: "By how much the chosen completion is rated above the rejected one, mean over the pairs of the step."},
	{Name: PairsChosen, Unit: "1",
		Meaning: "Mean reward of the chosen completions: the reward model's, or the one that DPO's model implies, β times its log-ratio to the reference. Where it falls, the chosen texts become less likely too."},
	{Name: PairsRejected, Unit: "1",
		Meaning: "The same of the rejected completions."},
	{Name: EvalAccuracySampled, Unit: "fraction", Better: Higher,
		Meaning: "Fraction of the completions drawn of held-out prompts that get the task's best reward."},
	{Name: EvalAccuracyGreedy, Unit: "fraction", Better: Higher,
		Meaning: "Fraction of held-out prompts whose most likely completion, token by token, gets the task's best reward."},
	{Name: EvalRewardMean, Unit: "reward", Better: Higher,
		Meaning: "Mean reward that the task gives the completions drawn of held-out prompts."},
	{Name: EvalTextLength, Unit: "tokens",
		Meaning: "Mean length of the same."},
	{Name: EvalKLReference, Unit: "nats",
		Meaning: "Divergence KL(model ‖ reference) of whole completions, mean over those drawn of held-out prompts."},
	{Name: EvalImitationLoss, Unit: "nats", Better: Lower,
		Meaning: "Mean negative log-probability of a token of demonstrations of held-out prompts: what the model has kept of what imitation taught it."},
	{Name: EvalPairAccuracy, Unit: "fraction", Better: Higher,
		Meaning: "Fraction of held-out pairs whose chosen completion the reward model rates above the rejected one."},

	{Name: EvalReturnMean, Unit: "reward", Better: Higher,
		Meaning: "Mean undiscounted return of the evaluation episodes."},
	{Name: EvalReturnStd, Unit: "reward",
		Meaning: "Standard deviation of the returns of the evaluation episodes."},
	{Name: EvalReturnMin, Unit: "reward", Better: Higher,
		Meaning: "Lowest return of an evaluation episode."},
	{Name: EvalReturnMax, Unit: "reward", Better: Higher,
		Meaning: "Highest return of an evaluation episode."},
	{Name: EvalLengthMean, Unit: "steps",
		Meaning: "Mean length of the evaluation episodes."},
	{Name: EvalEpisodes, Unit: "episodes",
		Meaning: "Number of evaluation episodes."},

	{Name: TimeSeconds, Unit: "seconds", Better: Lower, Clock: true,
		Meaning: "Wall-clock time since the run began."},
	{Name: TimeCPUSeconds, Unit: "seconds", Better: Lower, Clock: true,
		Meaning: "Processor time of all threads since the run began."},
	{Name: TimeStepsPerSecond, Unit: "steps/second", Better: Higher, Clock: true,
		Meaning: "Environment steps per second of wall-clock time since the run began."},
	{Name: TimeTokensPerSecond, Unit: "tokens/second", Better: Higher, Clock: true,
		Meaning: "Tokens learned from per second of wall-clock time since the run began, evaluations apart."},
}

// position is where each name stands in metrics.
var position = func() map[string]int {
	at := make(map[string]int, len(metrics))
	for i, m := range metrics {
		at[m.Name] = i
	}
	return at
}()

// Metrics returns the list of all metrics in the order in which they are
// shown. The slice is the caller's own.
func Metrics() []Metric { return slices.Clone(metrics) }

// Find returns the metric with the given name. The error for an unknown name
// tells the nearest one.
func Find(name string) (Metric, error) {
	if i, ok := position[name]; ok {
		return metrics[i], nil
	}
	return Metric{}, fmt.Errorf("unknown metric %q; the nearest is %q", name, nearest(name))
}

// nearest returns the metric name fewest edits away from name, the first in
// the list among equals.
func nearest(name string) string {
	closest := slices.MinFunc(metrics, func(a, b Metric) int {
		return edits(name, a.Name) - edits(name, b.Name)
	})
	return closest.Name
}

// edits returns the number of bytes to insert, delete or replace to turn a
// into b (Levenshtein distance).
func edits(a, b string) int {
	row := make([]int, len(b)+1) // row[j]: edits from the read part of a to b[:j]
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
