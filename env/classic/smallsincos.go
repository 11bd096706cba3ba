package classic

import "math"

// smallSincos32 returns NumPy's sine and cosine of a float32 within ±0.1, bit for
// bit: a polynomial each in Horner's form, every operation a fused multiply-add
// in float32.
//
//	sin x = x + x·(x²·(s₃ + x²·(s₅ + x²·(s₇ + x²·s₉))))
//	cos x = 1 + x²·(c₂ + x²·(c₄ + x²·(c₆ + x²·c₈)))
//
// NumPy reduces larger angles first, which is left out here, and asks the C
// library on processors without fused multiply-add.
//
// Source: coefficients of NumPy 1.17 to 2.4, by T. Myklebust.
func smallSincos32(x float32) (sin, cos float32) {
	const (
		s3, s5, s7, s9 = -0x1.555556p-3, 0x1.11119ap-7, -0x1.a06bbap-13, 0x1.7d3bbcp-19
		c2, c4, c6, c8 = -0x1p-1, 0x1.55553cp-5, -0x1.6c06dcp-10, 0x1.98e616p-16
	)
	square := float32(x * x)
	s := fused32(fused32(fused32(s9, square, s7), square, s5), square, s3)
	c := fused32(fused32(fused32(c8, square, c6), square, c4), square, c2)
	return fused32(float32(s*square), x, x), fused32(c, square, 1)
}

// fused32 returns x·y + z, rounded once to float32, where |z| is so much larger
// than |x·y| that z minus the sum is exact.
//
// The sum is rounded to float64 before. That matters only where it falls half way
// between two float32; then what was lost, which the second sum finds exactly,
// says to which side it belongs.
func fused32(x, y, z float32) float32 {
	const tail, half = 1<<29 - 1, 1 << 28 // the bits that float32 has not
	sum := math.FMA(float64(x), float64(y), float64(z))
	if math.Float64bits(sum)&tail == half {
		if lost := math.FMA(float64(x), float64(y), float64(z)-sum); lost != 0 {
			sum = math.Nextafter(sum, math.Copysign(math.MaxFloat64, lost))
		}
	}
	return float32(sum)
}
