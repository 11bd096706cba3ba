// Package region is the trust region of an update as settings describe it: how far
// a ratio may move, which surrogate objective holds it there, and what adapts its
// coefficient to the divergence that is measured. The formulas are those of
// package objective; here they get their numbers.
package region
