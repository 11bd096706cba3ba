package raster

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"math"
	"testing"
)

var (
	white = color.RGBA{255, 255, 255, 255}
	black = color.RGBA{0, 0, 0, 255}
)

// begin starts a picture of the given size.
func begin(width, height int) (*Canvas, *image.RGBA) {
	c, dst := new(Canvas), image.NewRGBA(image.Rect(0, 0, width, height))
	c.Begin(dst, white)
	return c, dst
}

// ink is how many pixels are black, in parts of one.
func ink(dst *image.RGBA) (sum float64) {
	for i := 0; i < len(dst.Pix); i += 4 {
		sum += float64(255-dst.Pix[i]) / 255
	}
	return sum
}

func TestBeginFillsEveryPixel(t *testing.T) {
	outer := image.NewRGBA(image.Rect(0, 0, 9, 7))
	inner := outer.SubImage(image.Rect(2, 1, 6, 5)).(*image.RGBA)
	green := color.RGBA{1, 200, 3, 255}
	var c Canvas
	c.Begin(inner, green)
	for y := range 7 {
		for x := range 9 {
			want := color.RGBA{}
			if image.Pt(x, y).In(inner.Rect) {
				want = green
			}
			if got := outer.RGBAAt(x, y); got != want {
				t.Errorf("pixel (%d, %d) is %v, want %v", x, y, got, want)
			}
		}
	}
	c.Begin(image.NewRGBA(image.Rectangle{}), green) // must not panic
}

func TestPolygonCoversPixelsInParts(t *testing.T) {
	c, dst := begin(4, 3)
	c.Polygon(black, Point{1, 0}, Point{1, 1.5}, Point{2.25, 1.5}, Point{2.25, 0})
	for y, row := range [][]uint8{ // from above
		{255, 255, 255, 255},
		{255, 127, 223, 255},
		{255, 0, 191, 255},
	} {
		for x, want := range row {
			if got := dst.RGBAAt(x, y); math.Abs(float64(got.R)-float64(want)) > 1 || got.A != 255 {
				t.Errorf("pixel (%d, %d) is %v, want %d", x, y, got, want)
			}
		}
	}
}

func TestShapesHaveTheirArea(t *testing.T) {
	for name, c := range map[string]struct {
		draw func(*Canvas)
		want float64
	}{
		"square turned":   {func(c *Canvas) { c.Polygon(black, Point{50, 10}, Point{90, 50}, Point{50, 90}, Point{10, 50}) }, 3200},
		"other way round": {func(c *Canvas) { c.Polygon(black, Point{10, 50}, Point{50, 90}, Point{90, 50}, Point{50, 10}) }, 3200},
		"line":            {func(c *Canvas) { c.Line(black, 3, Point{10, 20}, Point{40, 60}) }, 150},
		"line of points":  {func(c *Canvas) { c.Line(black, 3, Point{10, 20}, Point{20, 20}, Point{20, 20}, Point{40, 20}) }, 90},
		"disc":            {func(c *Canvas) { c.Disc(black, Point{50.3, 49.8}, 20) }, math.Pi * 400},
		"small disc":      {func(c *Canvas) { c.Disc(black, Point{50.3, 49.8}, 1.5) }, math.Pi * 2.25},
		"half a disc":     {func(c *Canvas) { c.Disc(black, Point{0, 50}, 20) }, math.Pi * 200},
		"outside":         {func(c *Canvas) { c.Disc(black, Point{-50, 5e8}, 20) }, 0},
		"half outside":    {func(c *Canvas) { c.Polygon(black, Point{-1000, 0}, Point{-1000, 100}, Point{50, 100}, Point{50, 0}) }, 5000},
		"nothing":         {func(c *Canvas) { c.Line(black, 3, Point{1, 2}) }, 0},
	} {
		canvas, dst := begin(100, 100)
		c.draw(canvas)
		if got := ink(dst); math.Abs(got-c.want) > 0.01*c.want {
			t.Errorf("%s covers %.2f pixels, want %.2f", name, got, c.want)
		}
	}
}

// TestTilesHaveNoSeams draws a shape that is larger than a tile.
func TestTilesHaveNoSeams(t *testing.T) {
	c, dst := begin(3*tile, tile+9)
	width, height := float64(3*tile), float64(tile+9)
	c.Polygon(black, Point{0, 0}, Point{0, height}, Point{width, height}, Point{width, 0})
	if got := ink(dst); got != width*height {
		t.Errorf("%v pixels are black, want %v", got, width*height)
	}
}

// TestGatheredShapesHaveNoSeams fills neighbours that share an edge across pixels, and
// overlap in part, at once and one by one.
func TestGatheredShapesHaveNoSeams(t *testing.T) {
	left := []Point{{1, 1}, {1, 9}, {5.5, 9}, {3.5, 1}}
	right := []Point{{3.5, 1}, {5.5, 9}, {9, 9}, {9, 1}}
	middle := []Point{{3, 3}, {3, 6}, {7, 6}, {7, 3}}
	together, dst := begin(10, 10)
	for _, p := range [][]Point{left, right, middle} {
		together.Add(p...)
	}
	together.Fill(black)
	if got := ink(dst); got != 64 {
		t.Errorf("gathered, the shapes cover %v pixels, want 64", got)
	}
	together.Fill(black) // there is nothing left
	if got := ink(dst); got != 64 {
		t.Errorf("filled a second time, the shapes cover %v pixels, want 64", got)
	}
	apart, dst := begin(10, 10)
	apart.Polygon(black, left...)
	apart.Polygon(black, right...)
	if got := ink(dst); got > 63.5 {
		t.Errorf("one by one, the shapes cover %v pixels: no seam to tell", got)
	}
}

// TestGapsBetweenShapes draws thin bars at all distances, since what lies between is
// passed over eight pixels at a time.
func TestGapsBetweenShapes(t *testing.T) {
	for gap := range 40 {
		c, dst := begin(60, 5)
		x := float64(gap)
		c.Add(Point{2, 0}, Point{2, 5}, Point{3, 5}, Point{3, 0})
		c.Add(Point{3 + x, 0}, Point{3 + x, 5}, Point{4 + x, 5}, Point{4 + x, 0})
		c.Fill(black)
		if got := ink(dst); got != 10 {
			t.Errorf("two bars %d pixels apart cover %v pixels, want 10", gap, got)
		}
	}
}

// scene draws some of everything, larger than the picture.
func scene(c *Canvas, dst *image.RGBA) {
	c.Begin(dst, white)
	c.Polygon(color.RGBA{200, 30, 60, 255}, Point{-20, 7.3}, Point{611.1, 80.7}, Point{300.2, 390.9})
	along := Point{0.6, 0.8}
	at := Point{123.4, 56.7}
	for i := range 20 {
		c.Disc(color.RGBA{uint8(12 * i), 99, 180, 255}, at, float64(i)+0.3)
		next := at.Offset(along, 17.1, float64(i))
		c.Line(black, 1+float64(i)/7, at, next)
		at = next
	}
}

// TestSameBitsEverywhere has the checksum of a scene, which must not depend on the
// processor.
func TestSameBitsEverywhere(t *testing.T) {
	c, dst := begin(600, 400)
	scene(c, dst)
	if got := crc32.ChecksumIEEE(dst.Pix); got != 0x7950b666 {
		t.Errorf("checksum is %08x, want 7950b666", got)
	}
	again := image.NewRGBA(dst.Rect)
	scene(c, again)
	if !bytes.Equal(dst.Pix, again.Pix) {
		t.Error("drawn a second time on the same canvas, the scene is another one")
	}
}

func TestFramesCostNoMemory(t *testing.T) {
	c, dst := begin(600, 400)
	scene(c, dst)
	if n := testing.AllocsPerRun(3, func() { scene(c, dst) }); n > 0 {
		t.Errorf("%v allocations in a frame", n)
	}
}

func ExampleCanvas() {
	picture := image.NewRGBA(image.Rect(0, 0, 40, 30))
	var c Canvas
	c.Begin(picture, color.RGBA{255, 255, 255, 255})
	c.Disc(color.RGBA{204, 77, 77, 255}, Point{20, 10}, 8)
	fmt.Println(picture.At(20, 30-1-10), picture.At(0, 0))
	// Output: {204 77 77 255} {255 255 255 255}
}
