//go:build arm64 && !noasm

package kernel

// vectors is how many float32 a vector of the level holds.
type vectors int

const ofNEON vectors = 4

// width is how many columns wide strips are.
func (v vectors) width(int) int { return 4 * int(v) }

// fmasOfRound is how many vectors one round of saturate multiplies and adds.
const fmasOfRound = 24 * 4

func (vectors) strip(c, from, a, b *float32, cLine, fromLine, aLine, aStep, bStep, rows, steps, columns, width, relu int) {
	stripNEON(c, from, a, b, cLine, fromLine, aLine, aStep, bStep, rows, steps, columns, width, relu)
}

func (vectors) narrow(c, x, w, bias *float32, cLine, line, rows, steps, out int) {
	narrowNEON(c, x, w, bias, cLine, line, rows, steps, out)
}

func (vectors) transpose(dst, src *float32, dstLine, line, lines, steps int) {
	transposeNEON(dst, src, dstLine, line, lines, steps)
}

// copiedColumns is how many elements of a line copyWhole copies.
func copiedColumns(v vectors) int { return 4 * int(v) }

func (vectors) copyWhole(dst, src *float32, line, lines int) { copyLinesNEON(dst, src, line, lines) }

func (vectors) reluPiece(dst, x []float32) {
	reluNEON(dst, x)
}

func (vectors) axpyPiece(dst []float32, a float32, x []float32) {
	axpyNEON(dst, a, x)
}

func (vectors) adamPiece(param, m, velocity, grad []float32, c *[8]float32) {
	adamNEON(param, m, velocity, grad, c)
}

func (vectors) sumPiece(lanes *[16]float32, x []float32) {
	sumNEON(lanes, x)
}

func (vectors) dotPiece(lanes *[16]float32, a, b []float32) {
	dotNEON(lanes, a, b)
}

func (vectors) addSumSquaresPiece(lanes *[16]float32, dst, x []float32) {
	addSumSquaresNEON(lanes, dst, x)
}

func (vectors) maxPiece(lanes *[16]float32, x []float32) {
	maxNEON(lanes, x)
}

func (vectors) sumExpPiece(lanes *[16]float32, x []float32, top float32) {
	sumExpNEON(lanes, x, top)
}

func (vectors) rotateHead(low, high, x, y, cos, sin []float32, scale float32) {
	rotateNEON(low, high, x, y, cos, sin, scale)
}

func (vectors) dot3Piece(lanes *[16]float32, a, b, c []float32) {
	dot3NEON(lanes, a, b, c)
}

func (vectors) expSumPiece(lanes *[16]float32, x []float32, top float32) {
	expSumNEON(lanes, x, top)
}

func (vectors) normRow(dst, unit, x, gain []float32, scale float32) {
	normRowNEON(dst, unit, x, gain, scale)
}

func (vectors) normRowBackward(dx, dy, gain, unit []float32, a, b float32) {
	normRowBackwardNEON(dx, dy, gain, unit, a, b)
}

func (vectors) softmaxBack(prob, d []float32, factor, along float32) {
	softmaxBackwardNEON(prob, d, factor, along)
}

func (vectors) logSoftmaxColumns(x, scratch *[256]float32, n int) {
	logSoftmaxColumnsNEON(x, scratch, n)
}

func (vectors) shiftPiece(dst, x []float32, top, logSum float32) {
	shiftNEON(dst, x, top, logSum)
}

func (vectors) gaussianLogProbRows(dst, x, dist *float32, rows, n int) {
	gaussianLogProbNEON(dst, x, dist, rows, n)
}

func (vectors) gaussianBackwardRows(dDist, dLogProb, dEntropy, x, dist *float32, rows, n int) {
	gaussianBackwardNEON(dDist, dLogProb, dEntropy, x, dist, rows, n)
}

func (vectors) entropyRows(dst, logProb *float32, rows, n int) {
	entropyNEON(dst, logProb, rows, n)
}

func (vectors) columnMomentsOf(mean, variance *float64, x *float32, count float64, rows, n int) {
	columnMomentsNEON(mean, variance, x, count, rows, n)
}

func (vectors) standardizePiece(dst, x *float32, mean, deviation *float64, clip float64, rows, n int) {
	standardizeNEON(dst, x, mean, deviation, clip, rows, n)
}

func (vectors) saturatePiece(rounds int) {
	saturateNEON(rounds)
}
