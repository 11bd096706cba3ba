package kernel

// Linear computes the output of a linear layer.
//
//	for r := range rows {
//		for j := range out {
//			dst[r,j] = bias[j] // 0 if bias is nil
//			for k := range in {
//				dst[r,j] = FMA(x[r,k], w[k,j], dst[r,j])
//			}
//		}
//	}
//
// x is [rows,in], w is [in,out], bias is [out] or nil, dst is [rows,out] and
// overlaps none of them. It panics if a dimension is negative or a length is
// not the product of its dimensions.
func Linear(dst, x, w, bias []float32, rows, in, out int) {
	checkLinear(dst, x, w, bias, rows, in, out)
	active().linear(dst, x, w, bias, rows, in, out)
}

// LinearReLU computes the output of a linear layer that ends with ReLU: [Linear]
// followed by [ReLU] in place, in one sweep. Arguments and panics are Linear's.
func LinearReLU(dst, x, w, bias []float32, rows, in, out int) {
	checkLinear(dst, x, w, bias, rows, in, out)
	active().linearReLU(dst, x, w, bias, rows, in, out)
}

func checkLinear(dst, x, w, bias []float32, rows, in, out int) {
	check(rows >= 0 && in >= 0 && out >= 0, "kernel: Linear: negative dimension")
	check(len(dst) == rows*out, "kernel: Linear: length of dst is not rows*out")
	check(len(x) == rows*in, "kernel: Linear: length of x is not rows*in")
	check(len(w) == in*out, "kernel: Linear: length of w is not in*out")
	check(bias == nil || len(bias) == out, "kernel: Linear: length of bias is not out")
}

// LinearInput computes the gradient of a linear layer by its input.
//
//	for r := range rows {
//		for k := range in {
//			dx[r,k] = 0
//			for j := range out {
//				dx[r,k] = FMA(dy[r,j], w[k,j], dx[r,k])
//			}
//		}
//	}
//
// dy is [rows,out], w is [in,out], dx is [rows,in] and overlaps neither. It
// panics if a dimension is negative or a length is not the product of its
// dimensions.
func LinearInput(dx, dy, w []float32, rows, in, out int) {
	check(rows >= 0 && in >= 0 && out >= 0, "kernel: LinearInput: negative dimension")
	check(len(dx) == rows*in, "kernel: LinearInput: length of dx is not rows*in")
	check(len(dy) == rows*out, "kernel: LinearInput: length of dy is not rows*out")
	check(len(w) == in*out, "kernel: LinearInput: length of w is not in*out")
	active().linearInput(dx, dy, w, rows, in, out)
}

// LinearWeight adds the gradient of a linear layer by its weight and bias.
//
//	for r := range rows {
//		for k := range in {
//			for j := range out {
//				dw[k,j] = FMA(x[r,k], dy[r,j], dw[k,j])
//			}
//		}
//		for j := range out {
//			dbias[j] += dy[r,j] // not if dbias is nil
//		}
//	}
//
// x is [rows,in], dy is [rows,out], dw is [in,out], dbias is [out] or nil; the
// two written to overlap nothing. It panics if a dimension is negative or a
// length is not the product of its dimensions.
func LinearWeight(dw, dbias, x, dy []float32, rows, in, out int) {
	checkLinearWeight(dw, dbias, x, dy, rows, in, out)
	active().linearWeight(dw, dbias, x, dy, rows, in, out)
}

// LinearWeightColumns is the part of [LinearWeight] that belongs to some outputs:
// it writes only the columns lo ≤ j < hi of dw and dbias, so that several
// goroutines can share the work.
//
// The slices are those of LinearWeight. It panics as that does, and unless
// 0 ≤ lo ≤ hi ≤ out.
func LinearWeightColumns(dw, dbias, x, dy []float32, rows, in, out, lo, hi int) {
	checkLinearWeight(dw, dbias, x, dy, rows, in, out)
	check(lo >= 0 && lo <= hi && hi <= out, "kernel: LinearWeight: columns out of range")
	active().linearWeightColumns(dw, dbias, x, dy, rows, in, out, lo, hi)
}

func checkLinearWeight(dw, dbias, x, dy []float32, rows, in, out int) {
	check(rows >= 0 && in >= 0 && out >= 0, "kernel: LinearWeight: negative dimension")
	check(len(dw) == in*out, "kernel: LinearWeight: length of dw is not in*out")
	check(dbias == nil || len(dbias) == out, "kernel: LinearWeight: length of dbias is not out")
	check(len(x) == rows*in, "kernel: LinearWeight: length of x is not rows*in")
	check(len(dy) == rows*out, "kernel: LinearWeight: length of dy is not rows*out")
}
