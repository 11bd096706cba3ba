package plot

import (
	"math"
	"strings"
)

var blocks = []rune("▁▂▃▄▅▆▇█")

// Sparkline returns y as a line of width block characters, the lowest value as
// ▁ and the highest as █; a series of equal values lies in the middle.
//
// Character i shows the mean of the finite values among
//
//	y[i·n/width], …, y[(i+1)·n/width − 1]
//
// and at least of the first of them, so a short series is stretched. Where no
// value is finite it is a space. The result is empty if width is not positive.
func Sparkline(y []float64, width int) string {
	if width <= 0 {
		return ""
	}
	heights := make([]float64, width)
	low, high := math.Inf(1), math.Inf(-1)
	for i := range heights {
		heights[i] = math.NaN()
		if n := len(y); n > 0 {
			from := i * n / width
			heights[i] = finiteMean(y[from:max(from+1, (i+1)*n/width)])
		}
		if isFinite(heights[i]) {
			low, high = min(low, heights[i]), max(high, heights[i])
		}
	}
	var line strings.Builder
	for _, height := range heights {
		line.WriteRune(block(height, low, high))
	}
	return line.String()
}

// block returns the character for v in the range from low to high.
func block(v, low, high float64) rune {
	switch {
	case !isFinite(v):
		return ' '
	case low == high:
		return blocks[len(blocks)/2-1]
	}
	level := int((v - low) / (high - low) * float64(len(blocks)))
	return blocks[min(level, len(blocks)-1)]
}
