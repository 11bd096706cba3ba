package plot

import (
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
)

// cropLine returns the parts of the line through points that lie in r.
func cropLine(points []vg.Point, r vg.Rectangle) [][]vg.Point {
	var parts [][]vg.Point
	open := false // the last part ends at points[i], inside r
	for i := range len(points) - 1 {
		from, to, ok := cropSegment(points[i], points[i+1], r)
		if !ok {
			open = false
			continue
		}
		if !open || from != points[i] {
			parts = append(parts, []vg.Point{from})
		}
		last := len(parts) - 1
		parts[last] = append(parts[last], to)
		open = to == points[i+1]
	}
	return parts
}

// cropSegment returns the part of the segment from a to b that lies in r. ok is
// false if there is none.
//
// Source: Liang and Barsky, "A new concept and method for line clipping", 1984.
func cropSegment(a, b vg.Point, r vg.Rectangle) (from, to vg.Point, ok bool) {
	enter, leave := vg.Length(0), vg.Length(1)
	for _, side := range [4]struct{ step, room vg.Length }{
		{a.X - b.X, a.X - r.Min.X}, {b.X - a.X, r.Max.X - a.X},
		{a.Y - b.Y, a.Y - r.Min.Y}, {b.Y - a.Y, r.Max.Y - a.Y},
	} {
		switch {
		case side.step > 0:
			leave = min(leave, side.room/side.step)
		case side.step < 0:
			enter = max(enter, side.room/side.step)
		case side.room < 0:
			return a, b, false
		}
	}
	if enter > leave {
		return a, b, false
	}
	from, to = a, b
	if enter > 0 {
		from = between(a, b, enter)
	}
	if leave < 1 {
		to = between(a, b, leave)
	}
	return from, to, true
}

// cropArea returns the part of the polygon with the given corners that lies in
// r, cutting it at one side after the other.
//
// Source: Sutherland and Hodgman, "Reentrant polygon clipping", 1974.
func cropArea(corners []vg.Point, r vg.Rectangle) []vg.Point {
	for _, depth := range [4]func(vg.Point) vg.Length{ // inside the side; negative: outside
		func(p vg.Point) vg.Length { return p.X - r.Min.X },
		func(p vg.Point) vg.Length { return r.Max.X - p.X },
		func(p vg.Point) vg.Length { return p.Y - r.Min.Y },
		func(p vg.Point) vg.Length { return r.Max.Y - p.Y },
	} {
		var kept []vg.Point
		for i, p := range corners {
			before := corners[(i+len(corners)-1)%len(corners)]
			d, previous := depth(p), depth(before)
			if (d < 0) != (previous < 0) {
				kept = append(kept, between(before, p, previous/(previous-d)))
			}
			if d >= 0 {
				kept = append(kept, p)
			}
		}
		corners = kept
	}
	return corners
}

// between returns the point of the segment from a to b at the given part of it.
func between(a, b vg.Point, part vg.Length) vg.Point {
	return vg.Point{X: a.X + (b.X-a.X)*part, Y: a.Y + (b.Y-a.Y)*part}
}

// simplify returns points without those that lie within tolerance of the line
// through the others, so that a straight stretch is two points however finely
// it was computed. The result may share memory with points.
//
// Source: Douglas and Peucker, "Algorithms for the reduction of the number of
// points required to represent a digitized line or its caricature", 1973.
func simplify(points []vg.Point, tolerance vg.Length) []vg.Point {
	if len(points) < 3 {
		return points
	}
	first, last := points[0], points[len(points)-1]
	furthest, most := 0, tolerance
	for i := 1; i < len(points)-1; i++ {
		if d := distance(points[i], first, last); d > most {
			furthest, most = i, d
		}
	}
	if furthest == 0 {
		return []vg.Point{first, last}
	}
	before := simplify(points[:furthest+1], tolerance)
	after := simplify(points[furthest:], tolerance)
	return slices.Concat(before, after[1:])
}

// distance returns how far p is from the segment from a to b.
func distance(p, a, b vg.Point) vg.Length {
	along := vg.Point{X: b.X - a.X, Y: b.Y - a.Y}
	part := vg.Length(0)
	if square := along.Dot(along); square > 0 {
		part = min(max(vg.Point{X: p.X - a.X, Y: p.Y - a.Y}.Dot(along)/square, 0), 1)
	}
	nearest := between(a, b, part)
	return vg.Length(math.Hypot(float64(p.X-nearest.X), float64(p.Y-nearest.Y)))
}
