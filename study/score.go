package study

import "math"

// Scores puts the final returns of the variants on one task on a scale that tasks
// have in common: a policy that acts at random has 0, and the best variant 1.
//
//	score_vk = (R_vk − random) / (max_w R̄_w − random),  R̄_w the mean over the runs of w
//
// returns has the runs of each variant, NaN for a run that failed: it leaves nothing
// to act by and counts as random does. The result has the same shape and is the
// caller's own. Scores are not bounded: single runs may be above 1, and what is worse
// than random is below 0. All are NaN if no variant is better than random. It panics
// if random is not finite or a variant has no run.
//
// Source: Schulman et al. 2017, §6.1, https://arxiv.org/abs/1707.06347.
func Scores(returns [][]float64, random float64) [][]float64 {
	if math.IsNaN(random) || math.IsInf(random, 0) {
		panic("study: the random policy's return is not finite")
	}
	scores := make([][]float64, len(returns))
	best := 0.0 // above random
	for v, runs := range returns {
		scores[v] = make([]float64, len(runs))
		for k, r := range runs {
			if !math.IsNaN(r) {
				scores[v][k] = r - random
			}
		}
		best = max(best, Mean(scores[v]))
	}
	for _, runs := range scores {
		for k := range runs {
			if best > 0 {
				runs[k] /= best
			} else {
				runs[k] = math.NaN()
			}
		}
	}
	return scores
}
