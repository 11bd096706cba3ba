package kernel

func columnMomentsGeneric(mean, variance []float64, x []float32, rows, n int) {
	clear(mean)
	for r := range rows {
		for j, v := range x[r*n:][:n] {
			mean[j] += float64(v)
		}
	}
	for j := range mean {
		mean[j] /= float64(rows)
	}
	clear(variance)
	for r := range rows {
		for j, v := range x[r*n:][:n] {
			d := float64(v) - mean[j]
			variance[j] += float64(d * d)
		}
	}
	for j := range variance {
		variance[j] /= float64(rows)
	}
}

func standardizeGeneric(dst, x []float32, mean, deviation []float64, clip float64, rows, n int) {
	for r := range rows {
		to := dst[r*n:][:n]
		for j, v := range x[r*n:][:n] {
			y := (float64(v) - mean[j]) / deviation[j]
			to[j] = float32(min(max(y, -clip), clip))
		}
	}
}
