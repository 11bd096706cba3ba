package objective

// SquaredError is the value loss Σ_i weight·(value − target)². It writes
//
//	dValue[i] = coefficient·2·weight·(value − target)
//
// and returns the loss without the coefficient. No value loss here has a factor
// ½, as in Stable-Baselines3; where a source has one (verl, TRL and OpenRLHF do),
// halve the coefficient. It panics if lengths differ.
func SquaredError(dValue, value, target, weight []float32, coefficient float64) (loss float64) {
	sameLength(len(value), len(dValue), len(target), len(weight))
	for i := range value {
		w, e := float64(weight[i]), float64(value[i])-float64(target[i])
		loss += float64(w * float64(e*e))
		dValue[i] = float32(coefficient * 2 * w * e)
	}
	return loss
}

// ClippedError is the value loss that keeps the new value within clip of the
// old one, the worse of the two errors counting:
//
//	clipped = old + clamp(value − old, −clip, clip)
//	loss    = Σ_i weight·max((value − target)², (clipped − target)²)
//
// The derivative is that of the error chosen, so it is zero where the clipped
// one is chosen and the value lies outside; on ties the unclipped one counts.
// Otherwise as SquaredError. clip is positive; it panics otherwise.
//
// Source: OpenAI baselines' ppo2, 2017.
func ClippedError(dValue, value, old, target, weight []float32, clip, coefficient float64) (loss float64) {
	sameLength(len(value), len(dValue), len(old), len(target), len(weight))
	checkValueClip(clip)
	for i := range value {
		w, v, o, t := float64(weight[i]), float64(value[i]), float64(old[i]), float64(target[i])
		e := v - t
		d := e
		if moved := v - o; moved > clip || moved < -clip {
			near := o + min(max(moved, -clip), clip) - t
			if near*near > e*e {
				e, d = near, 0
			}
		}
		loss += float64(w * float64(e*e))
		dValue[i] = float32(coefficient * 2 * w * d)
	}
	return loss
}

// NearError is the value loss that keeps the new value within clip of the old
// one, the error of the value so kept counting alone:
//
//	near = old + clamp(value − old, −clip, clip)
//	loss = Σ_i weight·(near − target)²
//
// The derivative is that of SquaredError inside and on the edges, and zero
// wherever the value lies outside. [ClippedError] differs where the plain error
// is the worse one, as when the value has moved away from the target: there it
// keeps the full gradient, which brings the value back, while here nothing does
// and the loss lies below the squared error. Otherwise as SquaredError. clip is
// positive; it panics otherwise.
//
// Source: Stable-Baselines3's PPO with clip_range_vf.
func NearError(dValue, value, old, target, weight []float32, clip, coefficient float64) (loss float64) {
	sameLength(len(value), len(dValue), len(old), len(target), len(weight))
	checkValueClip(clip)
	for i := range value {
		w, o, t := float64(weight[i]), float64(old[i]), float64(target[i])
		e := float64(value[i]) - t
		d := e
		if moved := float64(value[i]) - o; moved > clip || moved < -clip {
			e, d = o+min(max(moved, -clip), clip)-t, 0
		}
		loss += float64(w * float64(e*e))
		dValue[i] = float32(coefficient * 2 * w * d)
	}
	return loss
}

// Huber is the value loss whose slope stops growing where the error passes
// delta, so that a few returns far off do not rule the gradient. With
// e = value − target each row adds its weight times
//
//	e²                     if |e| ≤ delta
//	delta·(2·|e| − delta)  beyond
//
// and its derivative is coefficient·2·weight·clamp(e, −delta, delta). This is
// twice the loss of the paper and of torch.nn.functional.huber_loss, so that it
// equals [SquaredError] wherever no error is beyond delta, and a coefficient
// means the same in both. Otherwise as SquaredError. delta is positive; it
// panics otherwise.
//
// Source: Huber 1964, https://doi.org/10.1214/aoms/1177703732.
func Huber(dValue, value, target, weight []float32, delta, coefficient float64) (loss float64) {
	sameLength(len(value), len(dValue), len(target), len(weight))
	if !(delta > 0) {
		panic("objective: delta of the Huber loss must be positive")
	}
	for i := range value {
		w, e := float64(weight[i]), float64(value[i])-float64(target[i])
		near := min(max(e, -delta), delta)
		loss += float64(w * float64(near*(2*e-near)))
		dValue[i] = float32(coefficient * 2 * w * near)
	}
	return loss
}

func checkValueClip(clip float64) {
	if !(clip > 0) {
		panic("objective: value clip must be positive")
	}
}

// Entropy is the entropy bonus as a loss, −Σ_i weight·entropy. It writes
// dEntropy[i] = −coefficient·weight and returns the loss without the
// coefficient. It panics if lengths differ.
func Entropy(dEntropy, entropy, weight []float32, coefficient float64) (loss float64) {
	sameLength(len(entropy), len(dEntropy), len(weight))
	for i, h := range entropy {
		loss -= float64(float64(weight[i]) * float64(h))
		dEntropy[i] = float32(-coefficient * float64(weight[i]))
	}
	return loss
}

func sameLength(want int, lengths ...int) {
	for _, n := range lengths {
		if n != want {
			panic("objective: slices differ in length")
		}
	}
}
