package box2d

import (
	"github.com/proximal-rl/proximal/internal/physics"
	"github.com/proximal-rl/proximal/seed"
)

// Constants of the ground, as the float64 that Gymnasium computes with.
const (
	groundStep     float64 = 14 / scale
	groundSteps            = 200
	groundHeight   float64 = viewHeight / scale / 4
	groundFriction         = 2.5
	startPad               = 20 // steps of level ground at the start
	grassLength            = 10 // of the longest stretch between two obstacles
	finish                 = grassLength
	pitDepth       float64 = 4 * groundStep
	cloudCount             = groundSteps / 20
)

// terrain is what a stretch of the ground consists of.
type terrain int64

const (
	grass terrain = iota
	stump
	stairs
	pit
	terrains // their number
)

// ground makes the course of a walker: a line of edges, and the obstacles on it.
type ground struct {
	world    *physics.World
	rng      *seed.Rand
	hardcore bool // with obstacles

	// The stretch that is being built.
	kind      terrain
	begins    bool  // it begins here
	remaining int64 // steps until it ends
	height    float64
	slope     float64
	base      float64 // height before the stretch
	count     int64   // of the stairs
	direction int64   // of the stairs: 1 up, -1 down
}

// stairWidth is how many steps of the ground a stair has.
const stairWidth = 4

// build draws a course, adds it to the world, first the obstacles and then the
// edges, and writes the height at the beginning of each step to y. It draws numbers
// even where the result does not show.
func (g *ground) build(y *[groundSteps]float64) {
	g.remaining, g.height = startPad, groundHeight
	for i := range y {
		g.advance(i)
		y[i] = g.height
		g.begins = false
		if g.remaining--; g.remaining > 0 {
			continue
		}
		g.remaining = g.rng.Integers(grassLength/2, grassLength)
		g.begins = true
		if g.kind == grass && g.hardcore {
			g.kind = terrain(g.rng.Integers(1, int64(terrains)))
		} else {
			g.kind = grass
		}
	}
	for i := range groundSteps - 1 {
		body := g.world.AddBody(physics.Body{})
		g.world.AddEdge(body, groundMaterial(), point(groundX(i), y[i]), point(groundX(i+1), y[i+1]))
	}
}

func groundMaterial() physics.Material {
	return physics.Material{Friction: groundFriction, Category: groundCategory, Mask: everything}
}

// groundX is where step i of the ground begins.
func groundX(i int) float64 { return float64(float64(i) * groundStep) }

// advance finds the height at step i and adds the obstacle that begins there.
func (g *ground) advance(i int) {
	x := groundX(i)
	switch {
	case g.kind == grass && !g.begins:
		g.roll(i)
	case g.kind == stump && g.begins:
		g.addStump(x)
	case g.kind == stairs && g.begins:
		g.addStairs(x)
	case g.kind == stairs:
		n := float64(g.count*stairWidth-g.remaining-g.direction) / stairWidth
		g.height = g.base + float64(float64(n*float64(g.direction))*groundStep)
	case g.kind == pit && g.begins:
		g.addPit(x)
	case g.kind == pit:
		g.height = g.base
		if g.remaining > 1 {
			g.height -= pitDepth
		}
	}
}

// roll lets the grass go up and down, and back to its mean height.
func (g *ground) roll(i int) {
	back := 0.0
	switch d := groundHeight - g.height; {
	case d > 0:
		back = 0.01
	case d < 0:
		back = -0.01
	}
	g.slope = float64(0.8*g.slope) + back
	if i > startPad {
		g.slope += g.rng.Uniform(-1, 1) / scale
	}
	g.height += g.slope
}

// addStump adds a square of one or two steps.
func (g *ground) addStump(x float64) {
	g.remaining = g.rng.Integers(1, 3)
	size := float64(float64(g.remaining) * groundStep)
	g.add(x, g.height, x+size, g.height+size)
}

// addPit adds the walls of a pit.
func (g *ground) addPit(x float64) {
	g.remaining = g.rng.Integers(3, 5)
	far := float64(groundStep * float64(g.remaining))
	g.add(x, g.height, x+groundStep, g.height-pitDepth)
	g.add(x+far, g.height, (x+groundStep)+far, g.height-pitDepth)
	g.remaining += 2
	g.base = g.height
}

// addStairs adds three or four stairs.
func (g *ground) addStairs(x float64) {
	g.direction = -1
	if g.rng.Float64() > 0.5 {
		g.direction = 1
	}
	g.count = g.rng.Integers(3, 5)
	g.base = g.height
	at := func(n int64) float64 { return float64(float64(n) * groundStep) }
	for s := range g.count {
		g.add(x+at(s*stairWidth), g.height+at(s*g.direction),
			x+at((1+s)*stairWidth), g.height+at(-1+s*g.direction))
	}
	g.remaining = g.count * stairWidth
}

// add adds a block between two opposite corners.
func (g *ground) add(x1, y1, x2, y2 float64) {
	body := g.world.AddBody(physics.Body{})
	g.world.AddPolygon(body, groundMaterial(), point(x1, y1), point(x2, y1), point(x2, y2), point(x1, y2))
}
