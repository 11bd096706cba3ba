package box2d

import (
	"math"

	"github.com/proximal-rl/proximal/internal/libm"
	"github.com/proximal-rl/proximal/seed"
)

// Constants of the track, as the float64 that Gymnasium computes with, in metres.
const (
	roadScale     float64 = 6
	roadRadius    float64 = 900 / roadScale
	roadStep      float64 = 21 / roadScale // from one tile to the next
	roadTurn      float64 = 0.31           // most that it turns from tile to tile
	roadHalfWidth float64 = 40 / roadScale
	borderWidth   float64 = 8 / roadScale
	fieldHalf     float64 = 2000 / roadScale
	borderLength          = 4 // tiles in a row that must turn sharply the same way

	checkpoints            = 12
	longestPath            = 2500
	wholeTurn      float64 = 2 * pi64
	startLine      float64 = wholeTurn * -0.5 / checkpoints
	outermost      float64 = 1.5 * roadRadius
	steerThreshold float64 = 0.3
)

// roadPoint is a point in the middle of the road.
type roadPoint struct {
	Alpha float64 // direction from the centre of the track
	Beta  float64 // direction across the road
	X, Y  float64
}

// edge returns the point that lies to the side of p, to the right if distance is
// positive.
func (p roadPoint) edge(distance float64) (x, y float64) {
	sin, cos := libm.Sincos(p.Beta)
	return p.X + float64(distance*cos), p.Y + float64(distance*sin)
}

// trackMaker draws a closed road: it drives from checkpoint to checkpoint around
// the centre, several times, and takes the last complete lap.
type trackMaker struct {
	path              []roadPoint
	checkAlpha        [checkpoints]float64
	checkX, checkY    [checkpoints]float64
	next              int // checkpoint
	x, y, alpha, beta float64
	laps              int
	wasOnTheOtherSide bool
}

// make draws tracks until one is good, and returns its points, which are valid
// until the next call.
func (m *trackMaker) make(rng *seed.Rand) []roadPoint {
	for {
		m.placeCheckpoints(rng)
		m.drive()
		if lap := m.lap(); lap != nil {
			return lap
		}
	}
}

// placeCheckpoints draws a checkpoint in each twelfth of the circle. The first and
// the last one are always as far out as can be.
func (m *trackMaker) placeCheckpoints(rng *seed.Rand) {
	for i := range checkpoints {
		alpha := float64(wholeTurn*float64(i)) / checkpoints
		noisy := alpha + rng.Uniform(0, wholeTurn/checkpoints)
		radius := rng.Uniform(roadRadius/3, roadRadius)
		switch i {
		case 0:
			alpha, radius = 0, outermost
		case checkpoints - 1:
			radius = outermost
		default:
			alpha = noisy
		}
		sin, cos := libm.Sincos(alpha)
		m.checkAlpha[i], m.checkX[i], m.checkY[i] = alpha, float64(radius*cos), float64(radius*sin)
	}
}

// drive makes the path.
func (m *trackMaker) drive() {
	m.path = m.path[:0]
	m.x, m.y, m.beta = outermost, 0, 0
	m.next, m.laps, m.wasOnTheOtherSide = 0, 0, false
	for m.laps <= 4 && len(m.path) < longestPath {
		m.lookAround()
		m.findCheckpoint()
		m.advance()
	}
}

// lookAround finds out where on the circle the path is, and counts laps.
func (m *trackMaker) lookAround() {
	m.alpha = atan2(m.y, m.x)
	if m.wasOnTheOtherSide && m.alpha > 0 {
		m.laps++
		m.wasOnTheOtherSide = false
	}
	if m.alpha < 0 {
		m.wasOnTheOtherSide = true
		m.alpha += wholeTurn
	}
}

// findCheckpoint takes the first checkpoint ahead of alpha; after the last one
// comes the first, a turn earlier.
func (m *trackMaker) findCheckpoint() {
	for {
		if m.alpha <= m.checkAlpha[m.next] {
			return
		}
		if m.next = (m.next + 1) % checkpoints; m.next == 0 {
			m.alpha -= wholeTurn
		}
	}
}

// advance turns a little towards the checkpoint and goes on by a tile.
func (m *trackMaker) advance() {
	sin, cos := libm.Sincos(m.beta)
	projection := float64(cos*(m.checkX[m.next]-m.x)) + float64(sin*(m.checkY[m.next]-m.y))
	for m.beta-m.alpha > 1.5*pi64 {
		m.beta -= wholeTurn
	}
	for m.beta-m.alpha < -1.5*pi64 {
		m.beta += wholeTurn
	}
	before := m.beta
	projection = float64(projection * roadScale)
	turn := min(roadTurn, math.Abs(float64(0.001*projection)))
	if projection > steerThreshold {
		m.beta -= turn
	}
	if projection < -steerThreshold {
		m.beta += turn
	}
	m.x += float64(-sin * roadStep)
	m.y += float64(cos * roadStep)
	m.path = append(m.path, roadPoint{m.alpha, float64(before*0.5) + float64(m.beta*0.5), m.x, m.y})
}

// lap returns the part of the path between the last two times at which it crosses
// the line of the start, or nil if there is none or if its ends do not meet.
func (m *trackMaker) lap() []roadPoint {
	last, first := -1, -1
	for i := len(m.path) - 1; i > 0; i-- {
		if m.path[i].Alpha > startLine && m.path[i-1].Alpha <= startLine {
			if last >= 0 {
				first = i
				break
			}
			last = i
		}
	}
	if first < 0 {
		return nil
	}
	lap := m.path[first : last-1]
	begin, end := lap[0], lap[len(lap)-1]
	sin, cos := libm.Sincos(begin.Beta)
	gapX, gapY := float64(cos*(begin.X-end.X)), float64(sin*(begin.Y-end.Y))
	if math.Sqrt(float64(gapX*gapX)+float64(gapY*gapY)) > roadStep {
		return nil
	}
	return lap
}

// turnOf is which way the road turns sharply at point i of a track: -1, 1, or 0.
// Index -1 is the last point.
func turnOf(track []roadPoint, i int) int {
	n := len(track)
	turn := track[(i+n)%n].Beta - track[(i-1+n)%n].Beta
	switch {
	case turn > roadTurn*0.2:
		return 1
	case turn < -roadTurn*0.2:
		return -1
	}
	return 0
}
