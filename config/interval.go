package config

import (
	"math"
	"strconv"
	"strings"
)

// interval is a range of numbers, with ends that belong to it or not.
type interval struct {
	low, high         float64
	openLow, openHigh bool
}

// parseInterval reads a range tag such as "(0, 1]"; ok is false if it is none.
func parseInterval(tag string) (r interval, ok bool) {
	if len(tag) < 2 || !strings.ContainsRune("([", rune(tag[0])) || !strings.ContainsRune(")]", rune(tag[len(tag)-1])) {
		return r, false
	}
	low, high, found := strings.Cut(tag[1:len(tag)-1], ",")
	var errLow, errHigh error
	r.low, errLow = strconv.ParseFloat(strings.TrimSpace(low), 64)
	r.high, errHigh = strconv.ParseFloat(strings.TrimSpace(high), 64)
	r.openLow, r.openHigh = tag[0] == '(', tag[len(tag)-1] == ')'
	return r, found && errLow == nil && errHigh == nil && r.low <= r.high
}

// contains reports whether x lies in r, which NaN never does.
func (r interval) contains(x float64) bool {
	aboveLow := x > r.low || !r.openLow && x == r.low
	belowHigh := x < r.high || !r.openHigh && x == r.high
	return aboveLow && belowHigh
}

// want says what x, a number outside r, must be.
func (r interval) want(x float64) string {
	low, high := formatNumber(r.low), formatNumber(r.high)
	finite := ""
	if math.IsInf(x, 1) {
		finite = " and finite"
	}
	switch freeLow, freeHigh := math.IsInf(r.low, -1), math.IsInf(r.high, 1); {
	case freeLow && freeHigh:
		return "must be finite"
	case freeHigh && r.openLow:
		return "must be above " + low + finite
	case freeHigh:
		return "must be at least " + low + finite
	case freeLow && r.openHigh:
		return "must be below " + high
	case freeLow:
		return "must be at most " + high
	}
	opening, closing := "[", "]"
	if r.openLow {
		opening = "("
	}
	if r.openHigh {
		closing = ")"
	}
	return "must be in " + opening + low + ", " + high + closing
}

// formatNumber writes a bound: whole numbers without a decimal point.
func formatNumber(x float64) string { return strings.TrimSuffix(formatFloat(x, 64), ".0") }
