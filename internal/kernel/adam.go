package kernel

// AdamStep holds the settings of one step of Adam or AdamW. The zero value is
// not usable: the corrections divide. It is a plain value, safe to copy.
type AdamStep struct {
	LearningRate    float64 // α
	Beta1           float64 // β₁, decay of the mean of the gradients
	Beta2           float64 // β₂, decay of the mean of their squares
	Epsilon         float64 // ε, added to the root
	Correction1     float64 // 1 - β₁ᵗ in step t = 1, 2, …
	Correction2Sqrt float64 // √(1 - β₂ᵗ)
	GradientScale   float64 // multiplies the gradient first; 1 leaves it alone
	WeightDecay     float64 // λ of AdamW; 0 is Adam
}

// adamCoefficients is an AdamStep as the loop uses it. Each is computed in
// float64 and rounded once.
type adamCoefficients struct {
	scale       float32 // GradientScale
	keep        float32 // 1 - α·λ
	gain1       float32 // 1 - β₁
	gain2       float32 // 1 - β₂
	decay2      float32 // β₂
	stepSize    float32 // α/Correction1
	correction2 float32 // Correction2Sqrt
	epsilon     float32 // ε
}

func (s AdamStep) coefficients() adamCoefficients {
	return adamCoefficients{
		scale:       float32(s.GradientScale),
		keep:        float32(1 - float64(s.LearningRate*s.WeightDecay)),
		gain1:       float32(1 - s.Beta1),
		gain2:       float32(1 - s.Beta2),
		decay2:      float32(s.Beta2),
		stepSize:    float32(s.LearningRate / s.Correction1),
		correction2: float32(s.Correction2Sqrt),
		epsilon:     float32(s.Epsilon),
	}
}

// Adam moves the parameters one step and updates the two moments.
//
//	for i := range param {
//		g := grad[i] * scale
//		m[i] = FMA(g-m[i], 1-β₁, m[i])
//		v[i] = FMA((1-β₂)*g, g, float32(β₂*v[i]))
//		d := sqrt(v[i])/√(1-β₂ᵗ) + ε
//		param[i] = float32(param[i]*(1-α·λ)) - (α/(1-β₁ᵗ)*m[i])/d
//	}
//
// where each operation rounds to float32 and each coefficient is computed in
// float64 and rounded once. All are [n] and overlap nothing. It panics if the
// lengths differ.
//
// Source: Kingma and Ba, Adam (arXiv 1412.6980), and Loshchilov and Hutter,
// AdamW (arXiv 1711.05101), in the order and with the roundings of PyTorch's
// single-tensor update.
func Adam(param, m, v, grad []float32, s AdamStep) {
	check(len(param) == len(m), "kernel: Adam: length of m differs from param")
	check(len(param) == len(v), "kernel: Adam: length of v differs from param")
	check(len(param) == len(grad), "kernel: Adam: length of grad differs from param")
	active().adam(param, m, v, grad, s.coefficients())
}
