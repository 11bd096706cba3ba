package objective

// vanilla is the policy gradient without importance weights:
//
//	A·log π, derivative by log π: A
//
// The gradient does not know the old policy and is never zero.
//
// Source: Williams 1992, https://doi.org/10.1007/BF00992696.
func vanilla(Settings) formula {
	return formula{byLogProb: true, of: func(r row) (objective, slope float64) {
		return r.advantage * r.logProb, r.advantage
	}}
}
