package kernel

// halfLogTwoPi is ½·log 2π, the constant of a normal density.
const halfLogTwoPi float32 = 0.918938533204672741780329736405617639861397473637783

func gaussianLogProbGeneric(dst, x, dist []float32, rows, n int) {
	var remembered Exponentials
	for r := range rows {
		mean, logStd := dist[2*n*r:][:n], dist[2*n*r+n:][:n]
		sum := float32(0)
		for i, v := range x[n*r:][:n] {
			z := (v - mean[i]) * remembered.Exp1(i, -logStd[i])
			sum -= float32(0.5*float32(z*z)) + logStd[i] + halfLogTwoPi
		}
		dst[r] = sum
	}
}

func gaussianBackwardGeneric(dDist, dLogProb, dEntropy, x, dist []float32, rows, n int) {
	var remembered Exponentials
	for r := range rows {
		mean, logStd := dist[2*n*r:][:n], dist[2*n*r+n:][:n]
		dMean, dLogStd := dDist[2*n*r:][:n], dDist[2*n*r+n:][:n]
		for i, v := range x[n*r:][:n] {
			inverse := remembered.Exp1(i, -logStd[i])
			z := (v - mean[i]) * inverse
			dMean[i] = dLogProb[r] * float32(z*inverse)
			dLogStd[i] = float32(dLogProb[r]*(float32(z*z)-1)) + dEntropy[r]
		}
	}
}

func entropyGeneric(dst, logProb []float32, rows, n int) {
	for r := range rows {
		h := float32(0)
		for _, l := range logProb[n*r:][:n] {
			if p := Exp1(l); p > 0 {
				h -= float32(p * l)
			}
		}
		dst[r] = h
	}
}
