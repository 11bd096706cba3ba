package kernel

// SwiGLU computes the non-linearity of a Llama's hidden layer.
//
//	for i := range gate {
//		bend[i] = 1 / (1 + Exp1(-gate[i]))
//		dst[i] = gate[i] * bend[i] * number[i]
//	}
//
// dst and bend overlap nothing. It panics if the lengths differ.
//
// Source: Shazeer 2020, arXiv 2002.05202, equation 6.
func SwiGLU(dst, bend, gate, number []float32) {
	n := len(gate)
	check(len(dst) == n && len(bend) == n && len(number) == n, "kernel: SwiGLU: lengths differ")
	active().swiglu(dst, bend, gate, number)
}

// SwiGLUBackward computes the gradients by gate and number.
//
//	for i := range dy {
//		g := dy[i] * bend[i]
//		dGate[i] = g * number[i] * (1 + gate[i]*(1-bend[i]))
//		dNumber[i] = g * gate[i]
//	}
//
// dGate and dNumber overlap nothing. It panics if the lengths differ.
func SwiGLUBackward(dGate, dNumber, dy, bend, gate, number []float32) {
	n := len(dy)
	check(len(dGate) == n && len(dNumber) == n && len(bend) == n && len(gate) == n && len(number) == n,
		"kernel: SwiGLUBackward: lengths differ")
	active().swigluBackward(dGate, dNumber, dy, bend, gate, number)
}

// GELU computes the Gaussian error linear unit in its tanh form.
//
//	for i := range x {
//		bend[i] = Tanh1(√(2/π) * (x[i] + 0.044715*x[i]*x[i]*x[i]))
//		dst[i] = 0.5 * x[i] * (1 + bend[i])
//	}
//
// dst and bend overlap nothing. It panics if the lengths differ.
//
// Source: Hendrycks and Gimpel 2016, arXiv 1606.08415, section 2.
func GELU(dst, bend, x []float32) {
	check(len(dst) == len(x) && len(bend) == len(x), "kernel: GELU: lengths differ")
	active().gelu(dst, bend, x)
}

// GELUBackward computes the gradient by the input of GELU.
//
//	for i := range dy {
//		inner := √(2/π) * (1 + 3*0.044715*x[i]*x[i])
//		dx[i] = dy[i] * (0.5 * ((1 + bend[i]) + x[i]*(1-bend[i]*bend[i])*inner))
//	}
//
// dx may be dy, bend or x. It panics if the lengths differ.
func GELUBackward(dx, dy, bend, x []float32) {
	check(len(dx) == len(dy) && len(bend) == len(dy) && len(x) == len(dy), "kernel: GELUBackward: lengths differ")
	active().geluBackward(dx, dy, bend, x)
}

// Constants of the GELU's tanh form: √(2/π) and the weight of the cube.
const (
	geluSlope = 0.7978845608028654
	geluCube  = 0.044715
)

// AddProduct adds the products of two slices, each rounded before.
//
//	for i := range dst {
//		dst[i] += float32(a[i] * b[i])
//	}
//
// dst may be a or b. It panics if the lengths differ.
func AddProduct(dst, a, b []float32) {
	check(len(a) == len(dst) && len(b) == len(dst), "kernel: AddProduct: lengths differ")
	active().addProduct(dst, a, b)
}

// NormRow is the last step of a normalisation of one row.
//
//	for i := range x {
//		unit[i] = x[i] * scale
//		dst[i] = unit[i] * gain[i]
//	}
//
// dst and unit may each be x, but not each other. It panics if the lengths differ.
func NormRow(dst, unit, x, gain []float32, scale float32) {
	n := len(x)
	check(len(dst) == n && len(unit) == n && len(gain) == n, "kernel: NormRow: lengths differ")
	active().normRow(dst, unit, x, gain, scale)
}

// RMSNorm normalises rows by their root mean square.
//
//	for r := range rows {
//		mean := float64(Dot(x[r,:], x[r,:])) / width
//		scale[r] = float32(1 / √(mean + epsilon))
//		for j := range width {
//			unit[r,j] = x[r,j] * scale[r]
//			dst[r,j] = unit[r,j] * gain[j]
//		}
//	}
//
// x, dst and unit are [rows,width], scale is [rows] and gain [width]. dst and unit may
// each be x, but not each other. It panics if a length is another.
//
// Source: Zhang and Sennrich 2019, arXiv 1910.07467, equation 4.
func RMSNorm(dst, unit, scale, x, gain []float32, epsilon float64) {
	rows, width := len(scale), len(gain)
	n := rows * width
	check(len(x) == n && len(dst) == n && len(unit) == n, "kernel: RMSNorm: length is not that of all rows")
	if n > 0 {
		active().rmsNorm(dst, unit, scale, x, gain, epsilon)
	}
}

// RMSNormBackward adds the gradient by the input of RMSNorm.
//
//	for r := range rows {
//		along := Dot3(dy[r,:], gain, unit[r,:]) / width
//		for j := range width {
//			dx[r,j] = FMA(-scale[r]*along, unit[r,j], FMA(scale[r], dy[r,j]*gain[j], dx[r,j]))
//		}
//	}
//
// dx, dy and unit are [rows,width], scale is [rows] and gain [width]. dx overlaps
// nothing. It panics if a length is another.
func RMSNormBackward(dx, dy, gain, unit, scale []float32) {
	rows, width := len(scale), len(gain)
	n := rows * width
	check(len(dx) == n && len(dy) == n && len(unit) == n, "kernel: RMSNormBackward: length is not that of all rows")
	if n > 0 {
		active().rmsNormBackward(dx, dy, gain, unit, scale)
	}
}

// Dot3 adds products of three factors as [Dot] does.
//
//	Dot(a[i]*b[i], c[i])
//
// It panics if the lengths differ.
func Dot3(a, b, c []float32) float32 {
	check(len(b) == len(a) && len(c) == len(a), "kernel: Dot3: lengths differ")
	return active().dot3(a, b, c)
}

// Rotate turns pairs of numbers by angles and scales them, for several heads that
// have the angles in common.
//
//	half := len(cos)
//	for h := range heads {
//		for j := range half {
//			a, b := x[2*h*half+j], x[(2*h+1)*half+j]
//			dst[h*line+j]      = scale * (a*cos[j] - b*sin[j])
//			dst[h*line+half+j] = scale * (b*cos[j] + a*sin[j])
//		}
//	}
//
// cos and sin are [half], x is [heads,2·half]; dst has a head in every line and
// overlaps nothing. It panics if there are no heads, a line is shorter than a head,
// x has another length or dst is shorter than that.
func Rotate(dst, x, cos, sin []float32, heads, line int, scale float32) {
	width := 2 * len(cos)
	check(heads > 0 && line >= width, "kernel: Rotate: no heads, or lines that are too short")
	check(len(sin) == len(cos), "kernel: Rotate: length of sin differs from cos")
	check(len(x) == heads*width, "kernel: Rotate: length of x is not that of all heads")
	check(len(dst) >= (heads-1)*line+width, "kernel: Rotate: dst is too short")
	active().rotate(dst, x, cos, sin, heads, line, scale)
}

// ExpSum replaces x by exponentials and returns their sum.
//
//	for i := range x {
//		x[i] = Exp1(x[i] - top)
//	}
//	return Sum(x)
func ExpSum(x []float32, top float32) float32 { return active().expSum(x, top) }

// SoftmaxBackward goes from the exponentials of a row and the gradient by its
// probabilities to the probabilities and the gradient by what stood in the
// exponents.
//
//	for i := range prob {
//		prob[i] *= factor
//		d[i] = prob[i] * (d[i] - along)
//	}
//
// factor is one over the sum of the exponentials, along the sum over prob[i]*d[i].
// prob and d must not overlap. It panics if the lengths differ.
func SoftmaxBackward(prob, d []float32, factor, along float32) {
	check(len(d) == len(prob), "kernel: SoftmaxBackward: lengths differ")
	active().softmaxBackward(prob, d, factor, along)
}
