package box2d

import (
	"image"
	"image/color"
	"math"

	"github.com/proximal-rl/proximal/internal/libm"
	"github.com/proximal-rl/proximal/internal/raster"
)

// raceColours are the colours of the ground, which a race may choose.
type raceColours struct{ road, field, grass color.RGBA }

// Colours of the car and of the kerbs; of three tiles of the road, each has its own
// shade.
var (
	carRed     = color.RGBA{204, 0, 0, 255}
	wheelGrey  = color.RGBA{77, 77, 77, 255}
	kerbRed    = color.RGBA{255, 0, 0, 255}
	roadShades = [3]uint8{0, 2, 5}
)

// racePicture draws races: what the driver sees, which is the observation of the
// task, and what others see. The zero value draws black ground.
// A racePicture is used by one goroutine at a time.
type racePicture struct {
	colours     raceColours
	canvas      raster.Canvas
	view        raceView
	observation image.RGBA
	tiles       []int // of the road, that may be in view
}

// observationSize is the width and the height of an observation.
const observationSize = 96

// darkening is how much darker Gymnasium's observations are than what they show: it
// makes its window smaller in one direction and then in the other one, and rounds
// down both times.
const darkening = 2

// observe writes the picture that the driver sees: row by row from above, the red,
// green and blue of each pixel, from 0 to 255. The score on it is the one before the
// step had its price.
func (p *racePicture) observe(r *Race, obs []float32) {
	if p.observation.Pix == nil {
		p.observation = *image.NewRGBA(image.Rect(0, 0, observationSize, observationSize))
	}
	score := r.state.Reward
	if r.state.Time > 1.5*carTick {
		score += stepPrice
	}
	p.draw(&p.observation, r, nil, score)
	obs = obs[:3*observationSize*observationSize]
	for i, pixel := 0, p.observation.Pix; i < len(obs); i, pixel = i+3, pixel[4:] {
		to, from := obs[i:i+3], pixel[:3]
		to[0] = float32(max(from[0], darkening) - darkening)
		to[1] = float32(max(from[1], darkening) - darkening)
		to[2] = float32(max(from[2], darkening) - darkening)
	}
}

// stepPrice is what the score loses by a step.
const stepPrice = 0.1

// draw draws a race, with the marks of its tyres unless they are nil, on a picture
// of any size.
func (p *racePicture) draw(dst *image.RGBA, r *Race, marks *skidMarks, score float64) {
	p.view = viewOf(r, dst)
	v := &p.view
	p.drawField(v, dst)
	p.drawRoad(v, r)
	if marks != nil {
		marks.draw(&p.canvas, v)
	}
	p.drawCar(v, r)
	p.drawPanel(v, r, score)
}

// Sizes in the window that Gymnasium draws in and then makes smaller.
const (
	windowWidth  float64 = 1000 // pixels
	windowHeight float64 = 800
	farZoom      float64 = 0.6 // pixels per metre
	nearZoom     float64 = 16.2
)

// raceView is a camera above the car that turns with it.
type raceView struct {
	x, y           float64 // of the car
	sin, cos       float64 // of its angle
	zoom           float64 // pixels of the window per metre
	scaleX, scaleY float64 // pixels of the picture for one of the window
	reach          float64 // how far the camera sees, in metres
}

// viewOf returns the camera, which comes nearer during the first second.
func viewOf(r *Race, dst *image.RGBA) raceView {
	hull := int(r.state.Hull)
	at := r.world.Position(hull)
	v := raceView{
		x: float64(at.X), y: float64(at.Y),
		zoom:   float64(farZoom*max(1-r.state.Time, 0)) + float64(nearZoom*min(r.state.Time, 1)),
		scaleX: float64(dst.Rect.Dx()) / windowWidth, scaleY: float64(dst.Rect.Dy()) / windowHeight,
	}
	v.sin, v.cos = libm.Sincos(float64(r.world.Angle(hull)))
	const ahead = windowHeight * 3 / 4
	v.reach = math.Sqrt(windowWidth*windowWidth/4+ahead*ahead) / v.zoom
	return v
}

// at returns where a point of the world is in the picture: the car is in the middle,
// a quarter above the lower edge, and looks up.
func (v *raceView) at(x, y float64) raster.Point {
	dx, dy := x-v.x, y-v.y
	return v.window(
		float64(v.zoom*(float64(v.cos*dx)+float64(v.sin*dy)))+windowWidth/2,
		float64(v.zoom*(float64(v.cos*dy)-float64(v.sin*dx)))+windowHeight/4)
}

// window returns where a point of the window is in the picture.
func (v *raceView) window(x, y float64) raster.Point {
	return raster.Point{X: float64(x * v.scaleX), Y: float64(y * v.scaleY)}
}

// square returns the square in the picture that begins at a point of the world.
func (v *raceView) square(x, y, size float64) [4]raster.Point {
	return [4]raster.Point{v.at(x, y), v.at(x+size, y), v.at(x+size, y+size), v.at(x, y+size)}
}

// drawField draws the field, which is chequered with grass, and beyond it nothing.
func (p *racePicture) drawField(v *raceView, dst *image.RGBA) {
	c := &p.canvas
	if max(math.Abs(v.x), math.Abs(v.y))+v.reach < fieldHalf {
		c.Begin(dst, p.colours.field)
	} else {
		c.Begin(dst, black)
		corners := v.square(-fieldHalf, -fieldHalf, 2*fieldHalf)
		c.Polygon(p.colours.field, corners[:]...)
	}
	const size = fieldHalf / 20
	// Squares of grass begin at even multiples of their size.
	first := func(at float64) int { return max(-20, 2*int(math.Floor((at-v.reach)/(2*size)))) }
	last := func(at float64) int { return min(18, int(math.Floor((at+v.reach)/size))) }
	for x := first(v.x); x <= last(v.x); x += 2 {
		for y := first(v.y); y <= last(v.y); y += 2 {
			corners := v.square(float64(size*float64(x)), float64(size*float64(y)), size)
			c.Add(corners[:]...)
		}
	}
	c.Fill(p.colours.grass)
}

// drawRoad draws the road in one piece, then the shades of its tiles, which they
// keep until they are touched, and the kerbs.
func (p *racePicture) drawRoad(v *raceView, r *Race) {
	p.findTiles(v, r)
	for shade, by := range roadShades {
		for _, i := range p.tiles {
			if shade == 0 || i%3 == shade && !r.tiles[i].Touched {
				p.addStrip(v, r, i, -roadHalfWidth, roadHalfWidth)
			}
		}
		ink := p.colours.road
		p.canvas.Fill(color.RGBA{ink.R + by, ink.G + by, ink.B + by, 255})
	}
	for odd, ink := range [...]color.RGBA{white, kerbRed} {
		for _, i := range p.tiles {
			if r.tiles[i].Border && i&1 == odd {
				side := math.Copysign(1, r.track[preceding(i, len(r.track))].Beta-r.track[i].Beta)
				p.addStrip(v, r, i, float64(side*roadHalfWidth), float64(side*(roadHalfWidth+borderWidth)))
			}
		}
		p.canvas.Fill(ink)
	}
}

// findTiles finds the tiles that may be in view.
func (p *racePicture) findTiles(v *raceView, r *Race) {
	const margin = 2 * (roadHalfWidth + borderWidth) // more than the size of half a tile
	near := float64((v.reach + margin) * (v.reach + margin))
	p.tiles = p.tiles[:0]
	for i := range r.track {
		dx, dy := r.track[i].X-v.x, r.track[i].Y-v.y
		if float64(dx*dx)+float64(dy*dy) < near {
			p.tiles = append(p.tiles, i)
		}
	}
}

// addStrip adds the part of a tile between two distances from the middle of the road
// to what the canvas fills.
func (p *racePicture) addStrip(v *raceView, r *Race, i int, from, to float64) {
	here, before := r.track[i], r.track[preceding(i, len(r.track))]
	p.canvas.Add(
		v.at(here.edge(from)), v.at(here.edge(to)),
		v.at(before.edge(to)), v.at(before.edge(from)))
}
