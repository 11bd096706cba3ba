package plot

import (
	"math"
	"strconv"
	"strings"
)

// axis maps the values from min to max to a line and divides it at round
// numbers.
type axis struct {
	min, max float64
	ticks    []tick
}

// tick is a division of an axis.
type tick struct {
	value float64
	label string
}

// newAxis returns an axis that covers low to high and has about count
// divisions. With room, it reaches beyond both by a twentieth of the distance,
// but not beyond 0 where all values lie on one side of it.
func newAxis(low, high float64, count int, room bool) axis {
	size := max(math.Abs(low), math.Abs(high))
	if high-low <= size*1e-9 || high-low < 1e-280 { // as good as one value
		margin := size / 10
		if margin < 1e-280 {
			margin = 1
		}
		low, high = low-margin, high+margin
	}
	a := axis{min: low, max: high}
	if room {
		margin := (high - low) / 20
		a.min, a.max = low-margin, high+margin
		if low >= 0 {
			a.min = max(a.min, 0)
		}
		if high <= 0 {
			a.max = min(a.max, 0)
		}
	}
	a.ticks = divide(a.min, a.max, count)
	return a
}

// divide returns the multiples of a round step from low to high.
func divide(low, high float64, count int) []tick {
	step := roundStep((high - low) / float64(count))
	const slack = 1e-9 // an end that is a multiple but for rounding counts
	first, last := math.Ceil(low/step-slack), math.Floor(high/step+slack)
	size := max(math.Abs(low), math.Abs(high))
	large := size >= 1e4 && size < 1e13
	var ticks []tick
	for i := range int(last-first) + 1 {
		value := (first + float64(i)) * step
		ticks = append(ticks, tick{value, numeral(value, large)})
	}
	return ticks
}

// roundStep returns the least number not below atLeast that is 1, 2, 2.5 or 5
// times a power of ten.
func roundStep(atLeast float64) float64 {
	exponent := int(math.Floor(math.Log10(atLeast)))
	for _, factor := range []float64{1, 2, 2.5, 5} {
		if step := factor * math.Pow10(exponent); step >= atLeast {
			return step
		}
	}
	return math.Pow10(exponent + 1)
}

// numeral returns v as it is written at an axis: to twelve digits, which hides
// what multiplying by the step left behind, and at an axis that goes into the
// large, in thousands (k), millions (M) or billions (B).
func numeral(v float64, large bool) string {
	suffix := ""
	if large {
		for _, unit := range []struct {
			size   float64
			suffix string
		}{{1e9, "B"}, {1e6, "M"}, {1e3, "k"}} {
			if math.Abs(v) >= unit.size {
				v, suffix = v/unit.size, unit.suffix
				break
			}
		}
	}
	text := strconv.FormatFloat(v, 'g', 12, 64)
	return plainExponent.Replace(text) + suffix
}

// plainExponent turns 1e-05 into 1e−5 and 1e+20 into 1e20, with a real minus.
var plainExponent = strings.NewReplacer("e+0", "e", "e+", "e", "e-0", "e−", "-", "−")

// at returns where v lies between the ends of the axis, 0 for min, 1 for max.
func (a axis) at(v float64) float64 { return (v - a.min) / (a.max - a.min) }
