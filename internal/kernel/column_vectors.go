//go:build (amd64 || arm64) && !noasm

package kernel

// columnWork is how many elements one call of assembly goes through twice at most.
const columnWork = 1 << 17

func (v vectors) columnMoments(mean, variance []float64, x []float32, rows, n int) {
	if rows == 0 || n == 0 || rows*n > columnWork {
		columnMomentsGeneric(mean, variance, x, rows, n)
		return
	}
	v.columnMomentsOf(&mean[0], &variance[0], &x[0], float64(rows), rows, n)
}

func (v vectors) standardize(dst, x []float32, mean, deviation []float64, clip float64, rows, n int) {
	if n == 0 {
		return
	}
	for most, r := max(1, pieceElements/n), 0; r < rows; r += most {
		v.standardizePiece(&dst[r*n], &x[r*n], &mean[0], &deviation[0], clip, min(most, rows-r), n)
	}
}
