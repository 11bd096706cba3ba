package objective

// quadratic is the policy gradient with the squared log-ratio as a penalty:
//
//	A·log π − (τ/2)·(log r)², derivative by log π: A − τ·log r
//
// The gradient is zero where log r = A/τ, which is where the policy comes to
// rest; beyond, it leads back.
//
// Source: Kimi Team 2025, https://arxiv.org/abs/2501.12599, the gradient of its
// policy optimisation.
func quadratic(s Settings) formula {
	return formula{byLogProb: true, of: func(r row) (objective, slope float64) {
		pull := float64(s.Quadratic * r.change)
		return float64(r.advantage*r.logProb) - float64(pull*r.change/2), r.advantage - pull
	}}
}
