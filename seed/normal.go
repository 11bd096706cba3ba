package seed

import "math"

//go:generate go run ziggurat_gen.go

// A ziggurat covers the area under a falling density with 256 strips of equal
// area, lying on one another: all rectangles but the lowest, strip 0, which has
// the tail. A draw picks a strip and a position along it; only a position that
// may lie outside the curve, at a strip's end, takes more work. The tables in
// ziggurat.go give for each strip
//
//	width    factor from the random integer to the position
//	within   integers below this one lie under the curve for sure
//	density  the height of the curve at the strip's end
//
// Source: G. Marsaglia, W. W. Tsang, "The ziggurat method for generating random
// variables" (2000), with the number of bits, the order of draws and the tables
// of NumPy.

// Where the tails begin.
const (
	normalTail        = 3.6541528853610088
	normalTailInverse = 0.27366123732975828 // 1/normalTail
	exponentialTail   = 7.6971174701310497
)

// Normal returns a number with mean 0 and variance 1; NumPy's
// standard_normal(). Beyond ±3.654, about once in 3,900 draws, the last digit
// can differ from NumPy's, whose logarithm is its C library's.
func (r *Rand) Normal() float64 {
	for {
		// From the low end: 8 bits strip, 1 bit sign, 52 bits position.
		v := r.Uint64()
		strip, sign, position := v&0xff, v>>8&1, v>>9&(1<<52-1)
		x := float64(position) * normalWidth[strip]
		if position < normalWithin[strip] {
			return signed(x, sign)
		}
		if strip == 0 {
			return signed(r.normalBeyond(), position>>8&1)
		}
		if r.inWedge(&normalDensity, strip) < exp(-0.5*x*x) {
			return signed(x, sign)
		}
	}
}

// normalBeyond draws from the upper tail of the normal distribution.
//
//	x = −ln(1−u₁)/tail,  y = −ln(1−u₂),  again while 2y <= x²;  tail + x
//
// Source: G. Marsaglia, "Generating a variable from the tail of the normal
// distribution" (1964).
func (r *Rand) normalBeyond() float64 {
	for {
		x := float64(-normalTailInverse * log(1-r.Float64()))
		y := -log(1 - r.Float64())
		if y+y > x*x {
			return normalTail + x
		}
	}
}

// signed returns x, or −x if sign is 1. A branch on a random sign would be
// mispredicted half of the time.
func signed(x float64, sign uint64) float64 {
	return math.Float64frombits(math.Float64bits(x) ^ sign<<63)
}

// Exponential returns a number with density e⁻ˣ, x >= 0; NumPy's
// standard_exponential(). Beyond 7.697, about once in 2,200 draws, the last
// digit can differ from NumPy's, whose logarithm is its C library's.
func (r *Rand) Exponential() float64 {
	for {
		// From the low end: 3 bits unused, 8 bits strip, 53 bits position.
		v := r.Uint64()
		strip, position := v>>3&0xff, v>>11
		x := float64(float64(position) * exponentialWidth[strip])
		if position < exponentialWithin[strip] {
			return x
		}
		if strip == 0 {
			return exponentialTail - log(1-r.Float64())
		}
		if r.inWedge(&exponentialDensity, strip) < exp(-x) {
			return x
		}
	}
}

// inWedge returns a height between the ends of a strip above strip 0: the point
// there lies under the curve if the height is less than the density.
func (r *Rand) inWedge(density *[256]float64, strip uint64) float64 {
	return float64((density[strip-1]-density[strip])*r.Float64()) + density[strip]
}
