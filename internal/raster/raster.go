// Package raster draws pictures of tasks: filled shapes with smooth edges on an
// image, the same bits on every architecture. It is a thin layer over
// golang.org/x/image/vector.
package raster

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/vector"
)

// Point is a position in a picture, in pixels from its lower left corner: x to
// the right, y up. The corner pixel covers 0 to 1 in both. It is plain data.
type Point struct{ X, Y float64 }

// Offset returns the point that lies forward of p in a direction, and to the left
// of it.
//
//	p + forward·along + left·(−along.Y, along.X)
//
// along has length 1.
func (p Point) Offset(along Point, forward, left float64) Point {
	return Point{
		X: p.X + float64(forward*along.X) - float64(left*along.Y),
		Y: p.Y + float64(forward*along.Y) + float64(left*along.X),
	}
}

// Canvas draws shapes on one picture after another, each shape over those before
// it. What lies outside of the picture is cut off. It keeps the memory that it
// needs, so that frames after the first cost none.
//
// The zero value works; drawing begins with Begin. A Canvas is used by one
// goroutine at a time.
type Canvas struct {
	dst        *image.RGBA
	rasterizer vector.Rasterizer
	ink        color.RGBA
	uniform    image.Uniform
	corners    []Point // of the outlines to be filled, in the coordinates of dst
	ends       []int   // where in corners each outline ends
}

// Begin fills dst with the background and draws on it from here on.
func (c *Canvas) Begin(dst *image.RGBA, background color.RGBA) {
	c.dst = dst
	if dst.Rect.Empty() {
		return
	}
	first := dst.Pix[:4*dst.Rect.Dx()]
	for i := 0; i < len(first); i += 4 {
		first[i], first[i+1], first[i+2], first[i+3] = background.R, background.G, background.B, background.A
	}
	for y := 1; y < dst.Rect.Dy(); y++ {
		copy(dst.Pix[y*dst.Stride:], first)
	}
}

// Polygon fills the polygon with the given corners.
func (c *Canvas) Polygon(ink color.RGBA, corners ...Point) {
	c.outline(corners...)
	c.fill(ink)
}

// Line draws lines of the given width from each point to the next.
func (c *Canvas) Line(ink color.RGBA, width float64, points ...Point) {
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		dx, dy := b.X-a.X, b.Y-a.Y
		length := math.Sqrt(float64(dx*dx) + float64(dy*dy))
		if length == 0 {
			continue
		}
		along, side := Point{dx / length, dy / length}, width/2
		// All outlines turn the same way, so that they add up where they overlap.
		c.outline(a.Offset(along, 0, side), b.Offset(along, 0, side), b.Offset(along, 0, -side), a.Offset(along, 0, -side))
	}
	c.fill(ink)
}

// discCorners is the number of corners that stand for a quarter of a circle.
const discCorners = 16

// Disc fills a circle, as a polygon with corners on it.
//
//	centre + radius·((1−t²)/(1+t²), 2t/(1+t²))    t = 0, 1/16 … 15/16, and three quarter turns of these
func (c *Canvas) Disc(ink color.RGBA, centre Point, radius float64) {
	var corners [4 * discCorners]Point
	for i := range discCorners {
		t := float64(i) / discCorners
		square := float64(t * t)
		x, y := float64(radius*((1-square)/(1+square))), float64(radius*(2*t/(1+square)))
		for quarter := range 4 {
			corners[quarter*discCorners+i] = Point{centre.X + x, centre.Y + y}
			x, y = -y, x
		}
	}
	c.Polygon(ink, corners[:]...)
}

// outline adds a closed outline to those that fill fills.
func (c *Canvas) outline(corners ...Point) {
	for _, p := range corners {
		c.corners = append(c.corners, Point{float64(c.dst.Rect.Min.X) + p.X, float64(c.dst.Rect.Max.Y) - p.Y})
	}
	c.ends = append(c.ends, len(c.corners))
}

// tile is the largest width and height at which the rasterizer computes in
// integers, and so with the same result everywhere.
const tile = 512

// fill fills what is inside of the outlines, tile by tile, and forgets them.
func (c *Canvas) fill(ink color.RGBA) {
	c.ink = ink
	c.uniform.C = &c.ink // a pointer, since another value would be copied to the heap
	bounds := c.bounds().Intersect(c.dst.Rect)
	for y := bounds.Min.Y; y < bounds.Max.Y; y += tile {
		for x := bounds.Min.X; x < bounds.Max.X; x += tile {
			c.fillTile(image.Rect(x, y, x+tile, y+tile).Intersect(bounds))
		}
	}
	c.corners, c.ends = c.corners[:0], c.ends[:0]
}

// fillTile fills the part of the outlines that lies in r.
func (c *Canvas) fillTile(r image.Rectangle) {
	c.rasterizer.Reset(r.Dx(), r.Dy())
	start := 0
	for _, end := range c.ends {
		for i, p := range c.corners[start:end] {
			x, y := float32(p.X-float64(r.Min.X)), float32(p.Y-float64(r.Min.Y))
			if i == 0 {
				c.rasterizer.MoveTo(x, y)
			} else {
				c.rasterizer.LineTo(x, y)
			}
		}
		c.rasterizer.ClosePath()
		start = end
	}
	c.rasterizer.Draw(c.dst, r, &c.uniform, image.Point{})
}

// bounds is the smallest rectangle of pixels that holds all corners.
func (c *Canvas) bounds() image.Rectangle {
	if len(c.corners) == 0 {
		return image.Rectangle{}
	}
	least, most := c.corners[0], c.corners[0]
	for _, p := range c.corners[1:] {
		least.X, least.Y = min(least.X, p.X), min(least.Y, p.Y)
		most.X, most.Y = max(most.X, p.X), max(most.Y, p.Y)
	}
	return image.Rect(
		int(math.Floor(least.X)), int(math.Floor(least.Y)),
		int(math.Ceil(most.X)), int(math.Ceil(most.Y)))
}
