package optim

import "github.com/proximal-rl/proximal/internal/kernel"

// Backtrack tries ever shorter steps until one is accepted.
//
//	for scale = 1, factor, factor², … up to tries of them:
//		param = start + scale·step
//		if accept(): return scale
//	param = start
//	return 0
//
// param, start and step are [P] and must not overlap. accept is to judge the
// parameters as they then stand, and must not change them. The scale is the
// product of rounded factors. Backtrack allocates nothing.
//
// It panics if lengths differ, factor is not in (0, 1) or tries is negative.
//
// Source: Armijo 1966, https://doi.org/10.2140/pjm.1966.16.1, for the idea; as in
// Schulman et al. 2015 (arXiv 1502.05477), appendix C, where acceptance is an
// improved surrogate within the bound of the KL divergence.
func Backtrack(param, start, step []float32, factor float64, tries int, accept func() bool) (scale float64) {
	switch {
	case len(start) != len(param) || len(step) != len(param):
		panic("optim: length of start or step differs from param")
	case !(0 < factor && factor < 1):
		panic("optim: factor of the line search is not in (0, 1)")
	case tries < 0:
		panic("optim: number of tries is negative")
	}
	scale = 1
	for range tries {
		copy(param, start)
		kernel.Axpy(param, float32(scale), step)
		if accept() {
			return scale
		}
		scale *= factor
	}
	copy(param, start)
	return 0
}
