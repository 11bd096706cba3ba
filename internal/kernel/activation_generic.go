package kernel

func tanhGeneric(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = Tanh1(v)
	}
}

func tanhBackwardGeneric(dx, dy, y []float32) {
	dx, y = dx[:len(dy)], y[:len(dy)]
	for i, d := range dy {
		v := float64(y[i])
		s := 1 - v*v // exact where it is small, so only midpoints can err
		if tied(s) {
			s = oddSum(-v*v, 1)
		}
		dx[i] = d * float32(s)
	}
}

func reluGeneric(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		if v <= 0 {
			v = 0
		}
		dst[i] = v
	}
}

func reluBackwardGeneric(dx, dy, y []float32) {
	dx, y = dx[:len(dy)], y[:len(dy)]
	for i, d := range dy {
		switch v := y[i]; {
		case v > 0:
			dx[i] = d
		case v <= 0:
			dx[i] = 0
		default:
			dx[i] = v
		}
	}
}
