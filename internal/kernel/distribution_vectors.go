//go:build (amd64 || arm64) && !noasm

package kernel

func (v vectors) gaussianLogProb(dst, x, dist []float32, rows, n int) {
	if rows < int(v) || n == 0 {
		gaussianLogProbGeneric(dst, x, dist, rows, n)
		return
	}
	for done := 0; done < rows; {
		r, count := v.rowsFrom(done, rows, n)
		v.gaussianLogProbRows(&dst[r], &x[r*n], &dist[2*r*n], count, n)
		done = r + count
	}
}

func (v vectors) gaussianBackward(dDist, dLogProb, dEntropy, x, dist []float32, rows, n int) {
	if rows < int(v) || n == 0 {
		gaussianBackwardGeneric(dDist, dLogProb, dEntropy, x, dist, rows, n)
		return
	}
	for done := 0; done < rows; {
		r, count := v.rowsFrom(done, rows, n)
		v.gaussianBackwardRows(&dDist[2*r*n], &dLogProb[r], &dEntropy[r], &x[r*n], &dist[2*r*n], count, n)
		done = r + count
	}
}

func (v vectors) entropy(dst, logProb []float32, rows, n int) {
	if rows < int(v) || n == 0 {
		entropyGeneric(dst, logProb, rows, n)
		return
	}
	for done := 0; done < rows; {
		r, count := v.rowsFrom(done, rows, n)
		v.entropyRows(&dst[r], &logProb[r*n], count, n)
		done = r + count
	}
}

// rowsFrom returns the first row and the number of rows for the next call of
// assembly, whose lanes are rows of n elements: it takes whole vectors of them. The
// last few, too few for a vector, are taken with some that are done already.
func (v vectors) rowsFrom(done, rows, n int) (first, count int) {
	first = min(done, rows-int(v))
	count = min(rows-first, max(pieceElements/n, int(v)))
	return first, count &^ (int(v) - 1)
}
