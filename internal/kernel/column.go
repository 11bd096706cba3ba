package kernel

// ColumnMoments computes mean and (population) variance of each column of a matrix
// in float64.
//
//	for j := range n {
//		mean[j], variance[j] = 0, 0
//		for r := range rows {
//			mean[j] += float64(x[r,j])
//		}
//		mean[j] /= rows
//		for r := range rows {
//			d := float64(x[r,j]) - mean[j]
//			variance[j] += float64(d * d)
//		}
//		variance[j] /= rows
//	}
//
// x is [rows,n], mean and variance are [n]; without rows they become NaN. It panics
// if a dimension is negative or a length is not the product of its dimensions.
func ColumnMoments(mean, variance []float64, x []float32, rows, n int) {
	check(rows >= 0 && n >= 0, "kernel: ColumnMoments: negative dimension")
	check(len(mean) == n, "kernel: ColumnMoments: length of mean is not n")
	check(len(variance) == n, "kernel: ColumnMoments: length of variance is not n")
	check(len(x) == rows*n, "kernel: ColumnMoments: length of x is not rows*n")
	active().columnMoments(mean, variance, x, rows, n)
}

// Standardize shifts and scales the columns of a matrix in float64 and cuts off what
// lies far out; NaN stays NaN.
//
//	for r := range rows {
//		for j := range n {
//			y := (float64(x[r,j]) - mean[j]) / deviation[j]
//			dst[r,j] = float32(min(max(y, -clip), clip))
//		}
//	}
//
// x and dst are [rows,n], mean and deviation are [n]; dst may be x, and clip is
// positive. It panics if a dimension is negative or a length is not the product of
// its dimensions.
func Standardize(dst, x []float32, mean, deviation []float64, clip float64, rows, n int) {
	check(rows >= 0 && n >= 0, "kernel: Standardize: negative dimension")
	check(len(dst) == rows*n, "kernel: Standardize: length of dst is not rows*n")
	check(len(x) == rows*n, "kernel: Standardize: length of x is not rows*n")
	check(len(mean) == n, "kernel: Standardize: length of mean is not n")
	check(len(deviation) == n, "kernel: Standardize: length of deviation is not n")
	active().standardize(dst, x, mean, deviation, clip, rows, n)
}
