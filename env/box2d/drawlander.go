package box2d

import (
	"image"
	"image/color"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/internal/raster"
)

// Colours in the picture.
var (
	landerPaint     = paint{color.RGBA{128, 102, 230, 255}, color.RGBA{77, 77, 128, 255}}
	landerFlagPaint = paint{color.RGBA{204, 204, 0, 255}, color.RGBA{204, 204, 0, 255}}
)

// Frame implements [env.Renderer].
func (l *LunarLander) Frame() env.Frame {
	return env.Frame{Width: int(viewWidth), Height: int(viewHeight), Rate: int(fps)}
}

// Render implements [env.Renderer].
func (l *LunarLander) Render(dst *image.RGBA) { l.paint(dst, &l.state.Exhaust) }

// paint draws the lander and what its engines have blown out.
func (l *LunarLander) paint(dst *image.RGBA, sparks *exhaust) {
	c := &l.canvas
	c.Begin(dst, black)
	sparks.draw(c)
	l.drawMoon(c) // it hides what is below it
	l.drawLander(c)
	for _, corner := range [...]int{moonCorners/2 - 1, moonCorners/2 + 1} {
		drawFlag(c, white, landerFlagPaint, view{}.at(moonX(corner), moonHeight/4))
	}
}

// drawMoon draws the ground, which is as white as the sky is black. It ends half a
// pixel lower, since Gymnasium draws the sky, with the pixels on its edge.
func (l *LunarLander) drawMoon(c *raster.Canvas) {
	var outline [moonCorners + 2]raster.Point
	for i, y := range l.state.MoonY {
		outline[i] = view{}.at(moonX(i), y)
		outline[i].Y -= middle
	}
	outline[moonCorners] = view{}.at(moonWidth, 0)
	outline[moonCorners+1] = view{}.at(0, 0)
	c.Polygon(white, outline[:]...)
}

// drawLander draws the body, and the legs over it.
func (l *LunarLander) drawLander(c *raster.Canvas) {
	var outline [len(landerOutline)]raster.Point
	for i, p := range landerOutline {
		outline[i] = view{}.of(l.world, landerBody, p[0]/scale, p[1]/scale)
	}
	landerPaint.shape(c, outline[:]...)
	for _, leg := range [...]int{leftLeg, rightLeg} {
		landerPaint.box(c, view{}, l.world, leg, legWidth/scale, legHeight/scale)
	}
}
