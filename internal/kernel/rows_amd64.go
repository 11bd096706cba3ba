//go:build amd64 && !noasm

package kernel

// rotateStep is what the half of a head must be a multiple of for rotateHeads.
const rotateStep = 8

func (v vectors) rotate(dst, x, cos, sin []float32, heads, line int, scale float32) {
	switch half := len(cos); {
	case half == 0 || half%rotateStep != 0:
		v.rotateParts(dst, x, cos, sin, heads, line, scale)
	case v == ofAVX512:
		rotateHeadsAVX512(&dst[0], &x[0], &cos[0], &sin[0], heads, half, line, scale)
	default:
		rotateHeadsAVX2(&dst[0], &x[0], &cos[0], &sin[0], heads, half, line, scale)
	}
}

func (v vectors) rmsNorm(dst, unit, scale, x, gain []float32, epsilon float64) {
	switch w := len(gain); {
	case w%PanelRows != 0:
		v.rmsNormParts(dst, unit, scale, x, gain, epsilon)
	case v == ofAVX512:
		rmsNormAVX512(&dst[0], &unit[0], &scale[0], &x[0], &gain[0], len(scale), w, epsilon)
	default:
		rmsNormAVX2(&dst[0], &unit[0], &scale[0], &x[0], &gain[0], len(scale), w, epsilon)
	}
}

func (v vectors) rmsNormBackward(dx, dy, gain, unit, scale []float32) {
	switch w := len(gain); {
	case w%PanelRows != 0:
		v.rmsNormBackwardParts(dx, dy, gain, unit, scale)
	case v == ofAVX512:
		rmsNormBackwardAVX512(&dx[0], &dy[0], &gain[0], &unit[0], &scale[0], len(scale), w)
	default:
		rmsNormBackwardAVX2(&dx[0], &dy[0], &gain[0], &unit[0], &scale[0], len(scale), w)
	}
}
