package kernel

import "math"

func adamGeneric(param, m, v, grad []float32, c adamCoefficients) {
	param, m, v = param[:len(grad)], m[:len(grad)], v[:len(grad)]
	for i, g := range grad {
		g = float32(g * c.scale) // rounded before it is subtracted from
		m[i] = FMA(g-m[i], c.gain1, m[i])
		v[i] = FMA(c.gain2*g, g, float32(c.decay2*v[i]))
		d := float32(math.Sqrt(float64(v[i])))/c.correction2 + c.epsilon
		param[i] = float32(param[i]*c.keep) - float32(c.stepSize*m[i])/d
	}
}
