package box2d

import (
	"image/color"

	"github.com/proximal-rl/proximal/internal/physics"
	"github.com/proximal-rl/proximal/internal/raster"
)

// skid is the trace that a tyre has left.
type skid struct {
	Mud    bool // on the grass, otherwise on the road
	Length int32
	Points [30]physics.Vec
}

// skidMarks are the latest traces of all tyres. The zero value is none.
type skidMarks struct {
	Marks [30]skid
	Next  int32 // to be written over
	Count int32
	Tyres [wheels]struct {
		Started bool
		From    physics.Vec // where a trace may begin
		Mark    int32       // 1 + the one that grows, or 0
	}
}

var mudColour = color.RGBA{102, 102, 0, 255}

// roll notes where a wheel is before a step, and whether it slides on the road or
// on the grass.
func (s *skidMarks) roll(wheel int, at physics.Vec, slides, mud bool) {
	t := &s.Tyres[wheel]
	if !slides {
		t.Started, t.Mark = false, 0
		return
	}
	if t.Mark > 0 {
		if m := &s.Marks[t.Mark-1]; m.Mud == mud && int(m.Length) < len(m.Points) {
			m.Points[m.Length] = at
			m.Length++
			return
		}
	}
	if !t.Started {
		t.Started, t.From = true, at
		return
	}
	s.begin(wheel, t.From, at, mud)
	t.Started = false
}

// begin begins a trace, in the place of the oldest one.
func (s *skidMarks) begin(wheel int, from, to physics.Vec, mud bool) {
	for i := range s.Tyres {
		if s.Tyres[i].Mark == s.Next+1 {
			s.Tyres[i].Mark = 0
		}
	}
	m := &s.Marks[s.Next]
	m.Mud, m.Length = mud, 2
	m.Points[0], m.Points[1] = from, to
	s.Tyres[wheel].Mark = s.Next + 1
	s.Next = (s.Next + 1) % int32(len(s.Marks))
	s.Count = min(s.Count+1, int32(len(s.Marks)))
}

// valid reports whether all numbers are within their bounds.
func (s *skidMarks) valid() bool {
	n := int32(len(s.Marks))
	ok := s.Next >= 0 && s.Next < n && s.Count >= 0 && s.Count <= n
	for i := range s.Marks {
		ok = ok && s.Marks[i].Length >= 0 && int(s.Marks[i].Length) <= len(s.Marks[i].Points)
	}
	for i := range s.Tyres {
		ok = ok && s.Tyres[i].Mark >= 0 && s.Tyres[i].Mark <= n
	}
	return ok
}

// draw draws the traces, the oldest first.
func (s *skidMarks) draw(c *raster.Canvas, v *raceView) {
	for k := range s.Count {
		m := &s.Marks[(int(s.Next-s.Count+k)+len(s.Marks))%len(s.Marks)]
		ink := black
		if m.Mud {
			ink = mudColour
		}
		var path [len(m.Points)]raster.Point
		for i, p := range m.Points[:m.Length] {
			path[i] = v.at(float64(p.X), float64(p.Y))
		}
		c.Line(ink, float64(2*v.scaleX), path[:m.Length]...)
	}
}
