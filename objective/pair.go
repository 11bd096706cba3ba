package objective

import "math"

// PairStats gathers what losses over pairs saw: the rewards of what was chosen
// and of what was rejected. The zero value is empty and ready. Parts computed
// over shards of a batch are merged in the order of the shards. Means and
// fractions are over the weights of the pairs, and NaN while none has been seen.
// It is used by one goroutine at a time.
type PairStats struct {
	Pairs        int // pairs seen, those of weight zero aside
	ZeroGradient int // pairs that move nothing

	weight           float64 // Σ w
	right            float64 // Σ w of the pairs in the right order, ties by half
	chosen, rejected float64 // Σ w·reward
}

// add records a pair with its rewards, and whether it has a gradient.
func (s *PairStats) add(chosen, rejected, weight float64, flows bool) {
	s.Pairs++
	if !flows {
		s.ZeroGradient++
	}
	s.weight += weight
	switch {
	case chosen > rejected:
		s.right += weight
	case chosen == rejected:
		s.right += float64(0.5 * weight)
	case chosen != chosen || rejected != rejected:
		s.right = math.NaN()
	}
	s.chosen += float64(weight * chosen)
	s.rejected += float64(weight * rejected)
}

// Merge adds what other saw after s.
func (s *PairStats) Merge(other *PairStats) {
	s.Pairs += other.Pairs
	s.ZeroGradient += other.ZeroGradient
	s.weight += other.weight
	s.right += other.right
	s.chosen += other.chosen
	s.rejected += other.rejected
}

// Accuracy is the share of pairs whose chosen sequence has the larger reward. A
// tie counts half, as a coin would decide it: two equal texts are no mistake.
func (s *PairStats) Accuracy() float64 { return s.right / s.weight }

// Chosen is the mean reward of the chosen sequences.
func (s *PairStats) Chosen() float64 { return s.chosen / s.weight }

// Rejected is the mean reward of the rejected sequences.
func (s *PairStats) Rejected() float64 { return s.rejected / s.weight }

// Margin is the mean of how much larger the reward of the chosen sequence is.
func (s *PairStats) Margin() float64 { return (s.chosen - s.rejected) / s.weight }

// BradleyTerry is the loss of a reward model over pairs of sequences. With the
// reward c = value[2i] of the chosen one and r = value[2i+1] of the rejected one
// it is
//
//	Σ_i weight[i]·(−log σ(c − r − margin[i]) + center·(c + r)²)
//
// and it writes, with x = c − r − margin[i],
//
//	dValue[2i]   = weight[i]·(2·center·(c + r) − σ(−x))
//	dValue[2i+1] = weight[i]·(2·center·(c + r) + σ(−x))
//
// value and dValue have two elements per pair, weight and margin one; a nil
// margin is 0 everywhere. Only differences of rewards matter to the first term;
// the second keeps them around zero. Pairs of weight zero are passed over,
// whatever stands there; any other pair with a number that is not finite makes
// loss and statistics NaN, and its own derivatives.
//
// It panics if lengths differ or center is negative or not finite.
//
// Source: Ouyang et al. 2022, https://arxiv.org/abs/2203.02155, equation 1; the
// margin, Touvron et al. 2023, https://arxiv.org/abs/2307.09288, equation 2; the
// centring, Eisenstein et al. 2023, https://arxiv.org/abs/2312.09244.
func BradleyTerry(dValue, value, margin, weight []float32, center float64, s *PairStats) (loss float64) {
	sameLength(len(value), len(dValue), 2*len(weight))
	if margin != nil {
		sameLength(len(weight), len(margin))
	}
	if !(center >= 0 && finite(center)) {
		panic("objective: centring coefficient must be at least 0 and finite")
	}
	for i := range weight {
		w, c, r := float64(weight[i]), float64(value[2*i]), float64(value[2*i+1])
		if w == 0 {
			dValue[2*i], dValue[2*i+1] = 0, 0
			continue
		}
		x, sum := c-r, c+r
		if margin != nil {
			x -= float64(margin[i])
		}
		if !finite(x) || !finite(w) {
			c, r, w = math.NaN(), math.NaN(), math.NaN()
		}
		price, pull := softplus(-x)
		loss += float64(w * (price + float64(center*sum*sum)))
		dValue[2*i] = float32(w * (float64(2*center*sum) - pull))
		dValue[2*i+1] = float32(w * (float64(2*center*sum) + pull))
		s.add(c, r, w, dValue[2*i] != 0 || dValue[2*i+1] != 0)
	}
	return loss
}

// softplus returns log(1 + eˣ), which is −log σ(−x), and its derivative σ(x).
// Both keep their digits for any x, and have the same bits on every platform:
//
//	max(x, 0) + log(1 + e^−|x|)
func softplus(x float64) (value, slope float64) {
	e := expNegative(-math.Abs(x))
	slope = 1 / (1 + e)
	if x < 0 {
		slope = e / (1 + e)
	}
	return max(x, 0) + log1p(e), slope
}

// log1p returns log(1 + x) for x ≥ 0 within a few units in the last place. What x
// loses in the sum is made up for by a factor.
//
// Source: HP-15C Advanced Functions Handbook, 1982, after W. Kahan.
func log1p(x float64) float64 {
	u := 1 + x
	if u == 1 || u != u {
		return x
	}
	return log(u) * (x / (u - 1))
}

// expNegative returns eˣ for x ≤ 0 within a few units in the last place: with
// x = n·ln 2 + rest it is 2ⁿ·e^rest. NaN stays NaN.
func expNegative(x float64) float64 {
	switch {
	case x < -746: // below half the smallest number
		return 0
	case x != x:
		return x
	}
	n := math.Floor(float64(x*math.Log2E) + 0.5)
	rest := x - float64(n*ln2High) - float64(n*ln2Low)
	return math.Ldexp(1+expm1(rest), int(n))
}
