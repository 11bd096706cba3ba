// Package advantage turns what happened into how much better it was than
// expected: generalised advantage estimates, the returns that the value
// function is fitted to, and what is computed from them.
//
// All functions are pure and work on flat slices the caller owns, so they may
// be called from any number of goroutines as long as nobody writes a slice that
// another reads. A rollout of T steps in N environments is time-major: step t
// of environment e is row t*N+e.
//
// Of language models a row is a token, and a completion of a prompt an episode:
// completions lie one after the other, N is 1, and [Chain] fills what says where
// each ends. Whole completions of one prompt are compared with each other by a
// [GroupEstimator].
//
// The package knows no episode ends. Each row carries three numbers that say
// how the future enters, and whoever records the rollout fills them:
//
//	the step …                   NextValue                      Discount  Carry
//	went on                      V(next observation)            γ         λ
//	was cut off (truncated)      V(real final observation)      γ         0
//	was the end (terminated)     any finite number              0         0
//
// A step that is terminated and truncated at once counts as terminated. The
// last row of a rollout is no special case: the episode went on, and NextValue
// is the value of the observation that the next rollout begins with.
//
// Every product that is added to something is rounded first, so that the
// results have the same bits on every architecture.
package advantage
