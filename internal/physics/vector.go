package physics

import (
	"math"

	"github.com/proximal-rl/proximal/internal/libm"
)

// Vec is a point or a direction in the plane, in metres. It is plain data.
type Vec struct{ X, Y float32 }

func (v Vec) plus(w Vec) Vec         { return Vec{v.X + w.X, v.Y + w.Y} }
func (v Vec) minus(w Vec) Vec        { return Vec{v.X - w.X, v.Y - w.Y} }
func (v Vec) negative() Vec          { return Vec{-v.X, -v.Y} }
func (v Vec) times(s float32) Vec    { return Vec{float32(s * v.X), float32(s * v.Y)} }
func (v Vec) dot(w Vec) float32      { return float32(v.X*w.X) + float32(v.Y*w.Y) }
func (v Vec) cross(w Vec) float32    { return float32(v.X*w.Y) - float32(v.Y*w.X) }
func (v Vec) lengthSquared() float32 { return float32(v.X*v.X) + float32(v.Y*v.Y) }
func (v Vec) length() float32        { return root(v.lengthSquared()) }

// right is v turned by a quarter to the right, v × 1.
func (v Vec) right() Vec { return Vec{v.Y, -v.X} }

// left is v turned by a quarter to the left, 1 × v.
func (v Vec) left() Vec { return Vec{-v.Y, v.X} }

// unit is v with length 1, or v itself if it is too short for that.
func (v Vec) unit() Vec {
	length := v.length()
	if length < epsilon {
		return v
	}
	return v.times(1 / length)
}

// root is the square root, correctly rounded.
func root(x float32) float32 { return float32(math.Sqrt(float64(x))) }

func magnitude(x float32) float32 { return float32(math.Abs(float64(x))) }

// clamp is Box2D's: the upper bound gives way to the lower one.
func clamp(x, low, high float32) float32 {
	if !(x < high) {
		x = high
	}
	if !(low > x) {
		return x
	}
	return low
}

// rotation is the sine and the cosine of an angle.
type rotation struct{ Sin, Cos float32 }

func rotationBy(angle float32) rotation {
	sin, cos := libm.Sincos32(angle)
	return rotation{sin, cos}
}

// turning remembers the latest rotation, since most angles are asked for twice.
type turning struct {
	Angle float32
	Turn  rotation
}

// by returns the rotation by an angle.
func (t *turning) by(angle float32) rotation {
	if angle != t.Angle {
		t.Angle, t.Turn = angle, rotationBy(angle)
	}
	return t.Turn
}

// turn rotates v.
func (r rotation) turn(v Vec) Vec {
	return Vec{float32(r.Cos*v.X) - float32(r.Sin*v.Y), float32(r.Sin*v.X) + float32(r.Cos*v.Y)}
}

// back rotates v the other way.
func (r rotation) back(v Vec) Vec {
	return Vec{float32(r.Cos*v.X) + float32(r.Sin*v.Y), float32(-r.Sin*v.X) + float32(r.Cos*v.Y)}
}

// pose places a shape: first turned, then moved.
type pose struct {
	Origin Vec
	Turn   rotation
}

// apply maps a point from the shape's frame to the world.
func (p *pose) apply(v Vec) Vec {
	return Vec{
		(float32(p.Turn.Cos*v.X) - float32(p.Turn.Sin*v.Y)) + p.Origin.X,
		(float32(p.Turn.Sin*v.X) + float32(p.Turn.Cos*v.Y)) + p.Origin.Y,
	}
}

// undo maps a point from the world to the shape's frame.
func (p *pose) undo(v Vec) Vec { return p.Turn.back(v.minus(p.Origin)) }

// seenFrom returns p in the frame of q.
func (p *pose) seenFrom(q *pose) pose {
	return pose{
		Origin: q.undo(p.Origin),
		Turn: rotation{
			Sin: float32(q.Turn.Cos*p.Turn.Sin) - float32(q.Turn.Sin*p.Turn.Cos),
			Cos: float32(q.Turn.Cos*p.Turn.Cos) + float32(q.Turn.Sin*p.Turn.Sin),
		},
	}
}

// sweep is the motion of a body during a step: its centre of mass and its angle at
// the time From, of which 0 is the beginning of the step, and at its end. Centre
// is in the frame of the body.
type sweep struct {
	Centre               Vec
	Start, End           Vec
	StartAngle, EndAngle float32
	From                 float32
}

// between is (1−t)·a + t·b.
func between(a, b, t float32) float32 { return float32((1-t)*a) + float32(t*b) }

// at returns the pose at the fraction t of the motion.
func (s *sweep) at(t float32) pose {
	centre := Vec{between(s.Start.X, s.End.X, t), between(s.Start.Y, s.End.Y, t)}
	turn := rotationBy(between(s.StartAngle, s.EndAngle, t))
	return pose{centre.minus(turn.turn(s.Centre)), turn}
}

// advance moves the beginning of the motion to the time from.
func (s *sweep) advance(from float32) {
	t := (from - s.From) / (1 - s.From)
	s.Start = Vec{between(s.Start.X, s.End.X, t), between(s.Start.Y, s.End.Y, t)}
	s.StartAngle = between(s.StartAngle, s.EndAngle, t)
	s.From = from
}

// normalise takes whole turns out of both angles.
func (s *sweep) normalise() {
	const turn float32 = 2 * pi
	whole := float32(turn * float32(math.Floor(float64(s.StartAngle/turn))))
	s.StartAngle -= whole
	s.EndAngle -= whole
}
