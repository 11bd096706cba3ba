package box2d

import "github.com/proximal-rl/proximal/internal/raster"

// Sizes of the score and of its characters, in pixels of the window.
const (
	scoreMiddle float64 = 60
	glyphBottom float64 = 37
	glyphHeight float64 = 32
	glyphWidth  float64 = 21
	glyphStroke float64 = 5.5
)

// pitch is how far the character after c is away.
func pitch(c byte) float64 {
	switch c {
	case '1':
		return 22
	case '-':
		return 14
	}
	return 25
}

// glyph is a character: lines through points from 0, 0 to 1, 1, which are its lower
// left and its upper right corner.
type glyph [][]raster.Point

// glyphs are the characters of a score.
var glyphs = [...]glyph{
	'-': {{{X: -0.1, Y: 0.38}, {X: 0.6, Y: 0.38}}},
	'0': {{{X: 0, Y: 0.25}, {X: 0, Y: 0.75}, {X: 0.25, Y: 1}, {X: 0.75, Y: 1}, {X: 1, Y: 0.75}, {X: 1, Y: 0.25}, {X: 0.75, Y: 0}, {X: 0.25, Y: 0}, {X: 0, Y: 0.25}}},
	'1': {{{X: 0, Y: 0.78}, {X: 0.53, Y: 0.9}, {X: 0.53, Y: -0.1}}},
	'2': {{{X: 0, Y: 0.7}, {X: 0.15, Y: 0.92}, {X: 0.4, Y: 1}, {X: 0.75, Y: 1}, {X: 1, Y: 0.8}, {X: 0.9, Y: 0.55}, {X: 0.2, Y: 0.2}, {X: 0.1, Y: 0}, {X: 1.1, Y: 0}}},
	'3': {
		{{X: 0, Y: 0.78}, {X: 0.25, Y: 1}, {X: 0.75, Y: 1}, {X: 1, Y: 0.8}, {X: 0.8, Y: 0.55}, {X: 0.4, Y: 0.53}},
		{{X: 0.8, Y: 0.55}, {X: 1, Y: 0.25}, {X: 0.75, Y: 0}, {X: 0.25, Y: 0}, {X: 0, Y: 0.22}},
	},
	'4': {{{X: 0.8, Y: -0.1}, {X: 0.8, Y: 0.95}, {X: 0, Y: 0.25}, {X: 1.1, Y: 0.25}}},
	'5': {{{X: 1, Y: 1}, {X: 0.2, Y: 1}, {X: 0.1, Y: 0.5}, {X: 0.35, Y: 0.62}, {X: 0.75, Y: 0.6}, {X: 1, Y: 0.33}, {X: 0.75, Y: 0}, {X: 0.25, Y: 0}, {X: 0, Y: 0.2}}},
	'6': {{{X: 1, Y: 0.8}, {X: 0.75, Y: 1}, {X: 0.3, Y: 1}, {X: 0, Y: 0.7}, {X: 0, Y: 0.25}, {X: 0.25, Y: 0}, {X: 0.75, Y: 0}, {X: 1, Y: 0.3}, {X: 0.75, Y: 0.6}, {X: 0.3, Y: 0.6}, {X: 0, Y: 0.4}}},
	'7': {{{X: 0, Y: 1}, {X: 1, Y: 1}, {X: 0.55, Y: 0.5}, {X: 0.35, Y: -0.1}}},
	'8': {{{X: 0.3, Y: 0.55}, {X: 0.05, Y: 0.78}, {X: 0.25, Y: 1}, {X: 0.75, Y: 1}, {X: 0.95, Y: 0.78}, {X: 0.7, Y: 0.55}, {X: 1, Y: 0.28}, {X: 0.75, Y: 0}, {X: 0.25, Y: 0}, {X: 0, Y: 0.28}, {X: 0.3, Y: 0.55}, {X: 0.7, Y: 0.55}}},
	'9': {{{X: 0, Y: 0.2}, {X: 0.25, Y: 0}, {X: 0.7, Y: 0}, {X: 1, Y: 0.3}, {X: 1, Y: 0.75}, {X: 0.75, Y: 1}, {X: 0.25, Y: 1}, {X: 0, Y: 0.7}, {X: 0.25, Y: 0.4}, {X: 0.7, Y: 0.4}, {X: 1, Y: 0.6}}},
}
