package kernel

import "math"

func swigluGeneric(dst, bend, gate, number []float32) {
	for i, z := range gate {
		bend[i] = 1 / (1 + Exp1(-z))
		dst[i] = z * bend[i] * number[i]
	}
}

func swigluBackwardGeneric(dGate, dNumber, dy, bend, gate, number []float32) {
	for i, d := range dy {
		z, s := gate[i], bend[i]
		g := d * s
		dGate[i] = g * number[i] * (1 + float32(z*(1-s)))
		dNumber[i] = g * z
	}
}

func geluGeneric(dst, bend, x []float32) {
	for i, v := range x {
		bend[i] = Tanh1(geluSlope * (v + float32(geluCube*v*v*v)))
		dst[i] = 0.5 * v * (1 + bend[i])
	}
}

func geluBackwardGeneric(dx, dy, bend, x []float32) {
	for i, d := range dy {
		t, v := bend[i], x[i]
		inner := geluSlope * (1 + float32(3*geluCube*v*v))
		slope := (1 + t) + float32(v*(1-float32(t*t))*inner)
		dx[i] = d * (0.5 * slope)
	}
}

func addProductGeneric(dst, a, b []float32) {
	for i := range dst {
		dst[i] += float32(a[i] * b[i])
	}
}

func normRowGeneric(dst, unit, x, gain []float32, scale float32) {
	for i, v := range x {
		u := v * scale
		unit[i] = u
		dst[i] = u * gain[i]
	}
}

func normRowBackwardGeneric(dx, dy, gain, unit []float32, a, b float32) {
	for i, v := range dx {
		dx[i] = FMA(b, unit[i], FMA(a, dy[i]*gain[i], v))
	}
}

func rmsNormGeneric(dst, unit, scale, x, gain []float32, epsilon float64) {
	w := len(gain)
	for r := range scale {
		in := x[r*w:][:w]
		scale[r] = inverseRoot(dotGeneric(in, in), w, epsilon)
		normRowGeneric(dst[r*w:][:w], unit[r*w:][:w], in, gain, scale[r])
	}
}

// inverseRoot is one over the root of the mean of w squares, which have the given sum.
func inverseRoot(squares float32, w int, epsilon float64) float32 {
	mean := float64(squares) / float64(w)
	return float32(1 / math.Sqrt(mean+epsilon))
}

func rmsNormBackwardGeneric(dx, dy, gain, unit, scale []float32) {
	w := len(gain)
	for r, s := range scale {
		up, u := dy[r*w:][:w], unit[r*w:][:w]
		along := dot3Generic(up, gain, u) / float32(w)
		normRowBackwardGeneric(dx[r*w:][:w], up, gain, u, s, -s*along)
	}
}

func dot3Generic(a, b, c []float32) float32 {
	var s sixteen
	for i, v := range a {
		j := i % len(s)
		s[j] = FMA(v*b[i], c[i], s[j])
	}
	return s.sum()
}

func rotateGeneric(dst, x, cos, sin []float32, heads, line int, scale float32) {
	half := len(cos)
	for h := range heads {
		low, high := dst[h*line:][:half], dst[h*line+half:][:half]
		for j, c := range cos {
			s, a, b := sin[j], x[2*h*half+j], x[(2*h+1)*half+j]
			low[j] = scale * (float32(a*c) - float32(b*s))
			high[j] = scale * (float32(b*c) + float32(a*s))
		}
	}
}

func expSumGeneric(x []float32, top float32) float32 {
	for i, v := range x {
		x[i] = Exp1(v - top)
	}
	return sumGeneric(x)
}

func softmaxBackwardGeneric(prob, d []float32, factor, along float32) {
	for i, v := range prob {
		p := v * factor
		prob[i] = p
		d[i] = p * (d[i] - along)
	}
}
