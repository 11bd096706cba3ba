package objective

import "math"

// sapo replaces the clip by a soft gate. With σ(x) = 1/(1 + e⁻ˣ)
//
//	(4/τ)·σ(τ·(r − 1))·A, slope 4·σ·(1 − σ)·A
//
// and τ = τ₊ for A > 0, else τ₋. The slope is A at r = 1 and fades on both sides
// of it, towards the good as towards the bad; it is never zero, but for what the
// rounding takes. The value at r = 1 is 2A/τ: values do not compare with those of
// other surrogates.
//
// Source: Gao et al. 2025, https://arxiv.org/abs/2511.20347.
func sapo(s Settings) formula {
	return formula{of: func(r row) (objective, slope float64) {
		temperature := s.Negative
		if r.advantage > 0 {
			temperature = s.Temperature
		}
		// σ·(1 − σ) is that of −x too, and from there it keeps its digits.
		x := float64(temperature * (r.ratio - 1))
		small := 1 / (2 + expm1(math.Abs(x)))
		gate := small
		if x > 0 {
			gate = 1 - small
		}
		return 4 / temperature * gate * r.advantage, 4 * small * (1 - small) * r.advantage
	}}
}
