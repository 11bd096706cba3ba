package plot

import (
	"math"
	"strconv"
	"strings"
)

// axis maps the values from min to max to a line, evenly or by their
// logarithms, and divides it at round numbers.
type axis struct {
	min, max    float64
	logarithmic bool
	ticks       []tick
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
func (a axis) at(v float64) float64 {
	if a.logarithmic {
		return math.Log(v/a.min) / math.Log(a.max/a.min)
	}
	return (v - a.min) / (a.max - a.min)
}

// fixedAxis returns the axis from r.Low to r.High with about count divisions.
func fixedAxis(r Range, logarithmic bool, count int) axis {
	a := axis{min: r.Low, max: r.High, logarithmic: logarithmic}
	if logarithmic {
		a.ticks = divideDecades(r.Low, r.High, count)
	} else {
		a.ticks = divide(r.Low, r.High, count)
	}
	return a
}

// logAxis returns a logarithmic axis that covers low to high, both positive,
// and has about count divisions. With room, it reaches beyond both.
func logAxis(low, high float64, count int, room bool) axis {
	beyond := 1.0
	switch {
	case high <= low*(1+1e-9): // as good as one value
		beyond = 2
	case room:
		beyond = math.Pow(high/low, 0.05)
	}
	return fixedAxis(Range{low / beyond, high * beyond}, true, count)
}

// divideDecades returns the values from low to high that are 1, 2 or 5 times a
// power of ten; if these are more than count, those that are 1 or 3 times one;
// and if these are, too, the powers of every so many decades. Where the axis is
// too short for any of it, it divides evenly.
func divideDecades(low, high float64, count int) []tick {
	const slack = 1e-9 // as in divide
	first, last := int(math.Floor(math.Log10(low))), int(math.Ceil(math.Log10(high)))
	within := func(decades int, factors ...float64) []tick {
		var ticks []tick
		for decade := first; decade <= last; decade += decades {
			for _, factor := range factors {
				value := factor * math.Pow10(decade)
				if value >= low*(1-slack) && value <= high*(1+slack) {
					ticks = append(ticks, tick{value, numeral(value, false)})
				}
			}
		}
		return ticks
	}
	ticks := within(1, 1, 2, 5)
	if len(ticks) > count {
		ticks = within(1, 1, 3)
	}
	if len(ticks) > count {
		ticks = within((last-first)/(count+1)+1, 1)
	}
	if len(ticks) < 2 {
		return divide(low, high, count)
	}
	return ticks
}

// namedAxis returns the axis whose divisions 0, 1, 2, … have names.
func namedAxis(names []string) axis {
	a := axis{min: -0.5, max: float64(len(names)) - 0.5}
	for i, name := range names {
		a.ticks = append(a.ticks, tick{float64(i), name})
	}
	return a
}
