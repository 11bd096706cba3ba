//go:build (amd64 || arm64) && !noasm

package kernel

// pieceElements is how many elements one call of assembly is given at most: the
// goroutine cannot be interrupted in it. It is a multiple of all lanes.
const pieceElements = 1 << 14

// inPieces1 returns f on long slices, one piece after the other.
func inPieces1(f func(dst []float32, a float32)) func(dst []float32, a float32) {
	return func(dst []float32, a float32) {
		for ; len(dst) > pieceElements; dst = dst[pieceElements:] {
			f(dst[:pieceElements], a)
		}
		f(dst, a)
	}
}

// inPieces2 is inPieces1 for two slices.
func inPieces2(f func(dst, x []float32)) func(dst, x []float32) {
	return func(dst, x []float32) {
		for ; len(dst) > pieceElements; dst, x = dst[pieceElements:], x[pieceElements:] {
			f(dst[:pieceElements], x[:pieceElements])
		}
		f(dst, x)
	}
}

// inPieces3 is inPieces1 for three slices.
func inPieces3(f func(dx, dy, y []float32)) func(dx, dy, y []float32) {
	return func(dx, dy, y []float32) {
		for ; len(dx) > pieceElements; dx, dy, y = dx[pieceElements:], dy[pieceElements:], y[pieceElements:] {
			f(dx[:pieceElements], dy[:pieceElements], y[:pieceElements])
		}
		f(dx, dy, y)
	}
}

// relu is ReLU in place.
func (v vectors) relu(x []float32) {
	for ; len(x) > pieceElements; x = x[pieceElements:] {
		v.reluPiece(x[:pieceElements], x[:pieceElements])
	}
	v.reluPiece(x, x)
}

func (v vectors) axpy(dst []float32, a float32, x []float32) {
	for ; len(dst) > pieceElements; dst, x = dst[pieceElements:], x[pieceElements:] {
		v.axpyPiece(dst[:pieceElements], a, x[:pieceElements])
	}
	v.axpyPiece(dst, a, x)
}

func (v vectors) adam(param, m, velocity, grad []float32, c adamCoefficients) {
	all := [8]float32{c.scale, c.keep, c.gain1, c.gain2, c.decay2, c.stepSize, c.correction2, c.epsilon}
	for len(param) > 0 {
		n := min(len(param), pieceElements)
		v.adamPiece(param[:n], m[:n], velocity[:n], grad[:n], &all)
		param, m, velocity, grad = param[n:], m[n:], velocity[n:], grad[n:]
	}
}
