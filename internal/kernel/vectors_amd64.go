//go:build amd64 && !noasm

package kernel

// vectors is how many float32 a vector of a level holds. It chooses between the
// assembly of the two levels by a direct call, so that what is passed to it can
// stay on the stack.
type vectors int

const (
	ofAVX2   vectors = 8
	ofAVX512 vectors = 16
)

// width is how many columns wide the strips for a number of rows are.
func (v vectors) width(rows int) int {
	if rows <= fewRows {
		return 4 * int(v)
	}
	return 2 * int(v)
}

// fmasOfRound is how many vectors one round of saturate multiplies and adds.
const fmasOfRound = 14 * 4

func (v vectors) strip(c, from, a, b *float32, cLine, fromLine, aLine, aStep, bStep, rows, steps, columns, width, relu int) {
	if v == ofAVX512 {
		stripAVX512(c, from, a, b, cLine, fromLine, aLine, aStep, bStep, rows, steps, columns, width, relu)
	} else {
		stripAVX2(c, from, a, b, cLine, fromLine, aLine, aStep, bStep, rows, steps, columns, width, relu)
	}
}

func (v vectors) narrow(c, x, w, bias *float32, cLine, line, rows, steps, out int) {
	if v == ofAVX512 {
		narrowAVX512(c, x, w, bias, cLine, line, rows, steps, out)
	} else {
		narrowAVX2(c, x, w, bias, cLine, line, rows, steps, out)
	}
}

func (v vectors) transpose(dst, src *float32, dstLine, line, lines, steps int) {
	if v == ofAVX512 {
		transposeAVX512(dst, src, dstLine, line, lines, steps)
	} else {
		transposeAVX2(dst, src, dstLine, line, lines, steps)
	}
}

// copiedColumns is how many elements of a line copyWhole copies.
func copiedColumns(v vectors) int { return 2 * int(v) }

func (v vectors) copyWhole(dst, src *float32, line, lines int) {
	if v == ofAVX512 {
		copyLinesAVX512(dst, src, line, lines)
	} else {
		copyLinesAVX2(dst, src, line, lines)
	}
}

func (v vectors) reluPiece(dst, x []float32) {
	if v == ofAVX512 {
		reluAVX512(dst, x)
	} else {
		reluAVX2(dst, x)
	}
}

func (v vectors) axpyPiece(dst []float32, a float32, x []float32) {
	if v == ofAVX512 {
		axpyAVX512(dst, a, x)
	} else {
		axpyAVX2(dst, a, x)
	}
}

func (v vectors) adamPiece(param, m, velocity, grad []float32, c *[8]float32) {
	if v == ofAVX512 {
		adamAVX512(param, m, velocity, grad, c)
	} else {
		adamAVX2(param, m, velocity, grad, c)
	}
}

func (v vectors) sumPiece(lanes *[16]float32, x []float32) {
	if v == ofAVX512 {
		sumAVX512(lanes, x)
	} else {
		sumAVX2(lanes, x)
	}
}

func (v vectors) dotPiece(lanes *[16]float32, a, b []float32) {
	if v == ofAVX512 {
		dotAVX512(lanes, a, b)
	} else {
		dotAVX2(lanes, a, b)
	}
}

func (v vectors) addSumSquaresPiece(lanes *[16]float32, dst, x []float32) {
	if v == ofAVX512 {
		addSumSquaresAVX512(lanes, dst, x)
	} else {
		addSumSquaresAVX2(lanes, dst, x)
	}
}

func (v vectors) maxPiece(lanes *[16]float32, x []float32) {
	if v == ofAVX512 {
		maxAVX512(lanes, x)
	} else {
		maxAVX2(lanes, x)
	}
}

func (v vectors) sumExpPiece(lanes *[16]float32, x []float32, top float32) {
	if v == ofAVX512 {
		sumExpAVX512(lanes, x, top)
	} else {
		sumExpAVX2(lanes, x, top)
	}
}

func (v vectors) rotateHead(low, high, x, y, cos, sin []float32, scale float32) {
	if v == ofAVX512 {
		rotateAVX512(low, high, x, y, cos, sin, scale)
	} else {
		rotateAVX2(low, high, x, y, cos, sin, scale)
	}
}

func (v vectors) dot3Piece(lanes *[16]float32, a, b, c []float32) {
	if v == ofAVX512 {
		dot3AVX512(lanes, a, b, c)
	} else {
		dot3AVX2(lanes, a, b, c)
	}
}

func (v vectors) expSumPiece(lanes *[16]float32, x []float32, top float32) {
	if v == ofAVX512 {
		expSumAVX512(lanes, x, top)
	} else {
		expSumAVX2(lanes, x, top)
	}
}

func (v vectors) normRow(dst, unit, x, gain []float32, scale float32) {
	if v == ofAVX512 {
		normRowAVX512(dst, unit, x, gain, scale)
	} else {
		normRowAVX2(dst, unit, x, gain, scale)
	}
}

func (v vectors) normRowBackward(dx, dy, gain, unit []float32, a, b float32) {
	if v == ofAVX512 {
		normRowBackwardAVX512(dx, dy, gain, unit, a, b)
	} else {
		normRowBackwardAVX2(dx, dy, gain, unit, a, b)
	}
}

func (v vectors) softmaxBack(prob, d []float32, factor, along float32) {
	if v == ofAVX512 {
		softmaxBackwardAVX512(prob, d, factor, along)
	} else {
		softmaxBackwardAVX2(prob, d, factor, along)
	}
}

func (v vectors) logSoftmaxColumns(x, scratch *[256]float32, n int) {
	if v == ofAVX512 {
		logSoftmaxColumnsAVX512(x, scratch, n)
	} else {
		logSoftmaxColumnsAVX2(x, scratch, n)
	}
}

func (v vectors) shiftPiece(dst, x []float32, top, logSum float32) {
	if v == ofAVX512 {
		shiftAVX512(dst, x, top, logSum)
	} else {
		shiftAVX2(dst, x, top, logSum)
	}
}

func (v vectors) gaussianLogProbRows(dst, x, dist *float32, rows, n int) {
	if v == ofAVX512 {
		gaussianLogProbAVX512(dst, x, dist, rows, n)
	} else {
		gaussianLogProbAVX2(dst, x, dist, rows, n)
	}
}

func (v vectors) gaussianBackwardRows(dDist, dLogProb, dEntropy, x, dist *float32, rows, n int) {
	if v == ofAVX512 {
		gaussianBackwardAVX512(dDist, dLogProb, dEntropy, x, dist, rows, n)
	} else {
		gaussianBackwardAVX2(dDist, dLogProb, dEntropy, x, dist, rows, n)
	}
}

func (v vectors) entropyRows(dst, logProb *float32, rows, n int) {
	if v == ofAVX512 {
		entropyAVX512(dst, logProb, rows, n)
	} else {
		entropyAVX2(dst, logProb, rows, n)
	}
}

// columnMomentsOf is the same at both levels, and so is standardizePiece.
func (vectors) columnMomentsOf(mean, variance *float64, x *float32, count float64, rows, n int) {
	columnMomentsAVX2(mean, variance, x, count, rows, n)
}

func (vectors) standardizePiece(dst, x *float32, mean, deviation *float64, clip float64, rows, n int) {
	standardizeAVX2(dst, x, mean, deviation, clip, rows, n)
}

func (v vectors) saturatePiece(rounds int) {
	if v == ofAVX512 {
		saturateAVX512(rounds)
	} else {
		saturateAVX2(rounds)
	}
}
