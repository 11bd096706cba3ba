// Package raster draws pictures of tasks: filled shapes with smooth edges on an
// image, the same bits on every architecture. It is a thin layer over
// golang.org/x/image/vector.
package raster

import (
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
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
// it. What lies outside of the picture is cut off, and all colours are opaque. It
// keeps the memory that it needs, so that frames after the first cost none.
//
// Polygons and lines that have the same colour can be gathered by Add and AddLine
// and be filled together by Fill. That is faster, and where they meet or overlap
// there is no seam, if the polygons all turn the same way; lines turn clockwise.
//
// The zero value works; drawing begins with Begin. A Canvas is used by one
// goroutine at a time.
type Canvas struct {
	dst        *image.RGBA
	rasterizer vector.Rasterizer
	mask       image.Alpha // how much of each pixel of a tile is filled
	corners    []Point     // of the outlines to be filled, in the coordinates of dst
	ends       []int       // where in corners each outline ends
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
	c.Add(corners...)
	c.Fill(ink)
}

// Line draws lines of the given width from each point to the next.
func (c *Canvas) Line(ink color.RGBA, width float64, points ...Point) {
	c.AddLine(width, points...)
	c.Fill(ink)
}

// AddLine adds lines of the given width from each point to the next to what Fill
// fills.
func (c *Canvas) AddLine(width float64, points ...Point) {
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		dx, dy := b.X-a.X, b.Y-a.Y
		length := math.Sqrt(float64(dx*dx) + float64(dy*dy))
		if length == 0 {
			continue
		}
		along, side := Point{dx / length, dy / length}, width/2
		c.Add(a.Offset(along, 0, side), b.Offset(along, 0, side), b.Offset(along, 0, -side), a.Offset(along, 0, -side))
	}
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

// Add adds a polygon to what Fill fills.
func (c *Canvas) Add(corners ...Point) {
	for _, p := range corners {
		c.corners = append(c.corners, Point{float64(c.dst.Rect.Min.X) + p.X, float64(c.dst.Rect.Max.Y) - p.Y})
	}
	c.ends = append(c.ends, len(c.corners))
}

// tile is the largest width and height at which the rasterizer computes in
// integers, and so with the same result everywhere.
const tile = 512

// Fill fills, tile by tile, what has been added since it was last called.
func (c *Canvas) Fill(ink color.RGBA) {
	bounds := c.bounds().Intersect(c.dst.Rect)
	for y := bounds.Min.Y; y < bounds.Max.Y; y += tile {
		for x := bounds.Min.X; x < bounds.Max.X; x += tile {
			r := image.Rect(x, y, x+tile, y+tile).Intersect(bounds)
			c.cover(r)
			c.blend(r, ink)
		}
	}
	c.corners, c.ends = c.corners[:0], c.ends[:0]
}

// cover computes the mask of the tile r.
func (c *Canvas) cover(r image.Rectangle) {
	c.rasterizer.Reset(r.Dx(), r.Dy())
	c.rasterizer.DrawOp = draw.Src
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
	// Room for eight pixels more lets blend look at eight at a time.
	if n := r.Dx()*r.Dy() + 8; cap(c.mask.Pix) < n {
		c.mask.Pix = make([]uint8, n)
	}
	c.mask.Pix, c.mask.Stride, c.mask.Rect = c.mask.Pix[:r.Dx()*r.Dy()], r.Dx(), image.Rect(0, 0, r.Dx(), r.Dy())
	c.rasterizer.Draw(&c.mask, c.mask.Rect, image.Opaque, image.Point{})
}

// blend lays the colour over the tile r, as thick as the mask says.
//
//	pixel + (ink − pixel)·mask/255
func (c *Canvas) blend(r image.Rectangle, ink color.RGBA) {
	red, green, blue := uint32(ink.R), uint32(ink.G), uint32(ink.B)
	solid := red | green<<8 | blue<<16 | 255<<24
	width := r.Dx()
	for y := range r.Dy() {
		mask := c.mask.Pix[y*width:][: width : width+8]
		at := c.dst.PixOffset(r.Min.X, r.Min.Y+y)
		row := c.dst.Pix[at:][:4*width]
		for x := 0; x < width; x++ {
			m := uint32(mask[x])
			switch m {
			case 0:
				if binary.LittleEndian.Uint64(mask[x:x+8]) == 0 {
					x += 7
				}
			case 255:
				binary.LittleEndian.PutUint32(row[4*x:], solid)
			default:
				p, rest := row[4*x:][:4], 255-m
				p[0] = uint8((uint32(p[0])*rest + red*m + 127) / 255)
				p[1] = uint8((uint32(p[1])*rest + green*m + 127) / 255)
				p[2] = uint8((uint32(p[2])*rest + blue*m + 127) / 255)
				p[3] = 255
			}
		}
	}
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
