package box2d

import (
	"image"
	"image/color"
	"math"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/internal/physics"
	"github.com/proximal-rl/proximal/internal/raster"
)

// Colours in the picture.
var (
	skyColour       = color.RGBA{215, 215, 255, 255}
	earthColour     = color.RGBA{102, 153, 76, 255}
	grassColours    = [2]color.RGBA{{76, 255, 76, 255}, {76, 204, 76, 255}} // of every other step
	obstaclePaint   = paint{white, color.RGBA{153, 153, 153, 255}}
	hullPaint       = paint{color.RGBA{127, 51, 229, 255}, color.RGBA{76, 76, 127, 255}}
	legPaints       = [2]paint{legPaint(25), legPaint(-25)}
	walkerFlagPaint = paint{color.RGBA{230, 51, 0, 255}, black}
)

// legPaint is the colour of a leg, brightened.
func legPaint(by int) paint {
	brighter := func(r, g, b int) color.RGBA {
		return color.RGBA{uint8(r + by), uint8(g + by), uint8(b + by), 255}
	}
	return paint{brighter(153, 76, 127), brighter(102, 51, 76)}
}

// Frame implements [env.Renderer].
func (b *BipedalWalker) Frame() env.Frame {
	return env.Frame{Width: int(viewWidth), Height: int(viewHeight), Rate: int(fps)}
}

// Render implements [env.Renderer].
func (b *BipedalWalker) Render(dst *image.RGBA) { b.paint(dst, &b.state.Clouds) }

// paint draws the walker under the sky. The hull is a fifth of the picture from its
// left side, or nearer to it at the start.
func (b *BipedalWalker) paint(dst *image.RGBA, sky *clouds) {
	at := b.world.Position(int(b.state.Hull))
	v := view{left: max(float64(float64(at.X)*scale)-viewWidth/5, 0)}
	c := &b.canvas
	c.Begin(dst, skyColour)
	sky.draw(c, v)
	b.drawGround(c, v)
	b.drawObstacles(c, v)
	b.drawWalker(c, v)
	drawFlag(c, black, walkerFlagPaint, v.at(groundX(3), groundHeight))
}

// drawGround draws the part of the ground that is in view.
func (b *BipedalWalker) drawGround(c *raster.Canvas, v view) {
	first := max(int(v.left/(groundStep*scale)), 0)
	last := min(int(math.Ceil((v.left+viewWidth)/(groundStep*scale))), groundSteps-1)
	if first >= last {
		return
	}
	corner := func(i int) raster.Point { return v.at(groundX(i), b.state.GroundY[i]) }
	var outline [groundSteps + 2]raster.Point
	n := 0
	for i := first; i <= last; i++ {
		outline[n] = corner(i)
		n++
	}
	outline[n], outline[n+1] = v.at(groundX(last), 0), v.at(groundX(first), 0)
	c.Polygon(earthColour, outline[:n+2]...)
	for odd, ink := range grassColours {
		for i := first + (first+odd)&1; i < last; i += 2 {
			c.AddLine(1, through(corner(i)), through(corner(i+1)))
		}
		c.Fill(ink)
	}
}

// drawObstacles draws the obstacles that are in view. They are the first fixtures
// of the world, and the edges of the ground are the next.
func (b *BipedalWalker) drawObstacles(c *raster.Canvas, v view) {
	for i := int(b.state.Hull) - (groundSteps - 1) - 1; i >= 0; i-- {
		var outline [4]raster.Point
		var corners [4]physics.Vec
		left, right := viewWidth, 0.0
		for k, p := range b.world.Outline(corners[:0], i) {
			outline[k] = v.at(float64(p.X), float64(p.Y))
			left, right = min(left, outline[k].X), max(right, outline[k].X)
		}
		if left < viewWidth && right > 0 {
			obstaclePaint.shape(c, outline[:]...)
		}
	}
}

// drawWalker draws the legs, and the hull over them.
func (b *BipedalWalker) drawWalker(c *raster.Canvas, v view) {
	hull := int(b.state.Hull)
	for leg, p := range legPaints {
		p.box(c, v, b.world, hull+upperLimb1+2*leg, limbWidth/2, limbHeight/2)
		p.box(c, v, b.world, hull+lowerLimb1+2*leg, lowerWidth/2, limbHeight/2)
	}
	var outline [len(hullOutline)]raster.Point
	for i, p := range hullOutline {
		outline[i] = v.of(b.world, hull, p[0]/scale, p[1]/scale)
	}
	hullPaint.shape(c, outline[:]...)
}
