package physics

// manifold says where two shapes touch: up to two points at which one shape, the
// incident one, lies on a face of the other, the reference. On tells which of the
// two has the face: 0 or 1.
type manifold struct {
	Normal, Plane Vec // of the face and a point on it, in the frame of the reference
	Points        [2]manifoldPoint
	Count         int32
	On            int32
}

// manifoldPoint is in the frame of the incident shape.
type manifoldPoint struct {
	Local           Vec
	Normal, Tangent float32 // impulses
	Feature         feature
}

// feature tells a point of a manifold from the other one, from step to step: the
// numbers of the vertices or faces that meet there.
type feature struct {
	Index [2]uint8
	Face  [2]bool // a face, not a vertex
}

// swapped exchanges the two shapes.
func (f feature) swapped() feature {
	return feature{[2]uint8{f.Index[1], f.Index[0]}, [2]bool{f.Face[1], f.Face[0]}}
}

// keepImpulses copies the impulses of the points that were there before.
func (m *manifold) keepImpulses(old *manifold) {
	for i := range m.Points[:m.Count] {
		p := &m.Points[i]
		p.Normal, p.Tangent = 0, 0
		for _, q := range old.Points[:old.Count] {
			if p.Feature == q.Feature {
				p.Normal, p.Tangent = q.Normal, q.Tangent
				break
			}
		}
	}
}

// clipPoint is a point of the incident edge while it is being cut.
type clipPoint struct {
	At      Vec
	Feature feature
}

// clip keeps the part of a segment on the inner side of a line, dot(normal, x) ≤
// offset, and reports whether two points are left. A new point comes from the
// given vertex of the reference.
func clip(segment *[2]clipPoint, normal Vec, offset float32, vertex int) bool {
	first, second := segment[0], segment[1]
	d0, d1 := normal.dot(first.At)-offset, normal.dot(second.At)-offset
	n := 0
	if d0 <= 0 {
		segment[n] = first
		n++
	}
	if d1 <= 0 {
		segment[n] = second
		n++
	}
	if float32(d0*d1) < 0 {
		t := d0 / (d0 - d1)
		segment[n] = clipPoint{
			At:      first.At.plus(second.At.minus(first.At).times(t)),
			Feature: feature{Index: [2]uint8{uint8(vertex), first.Feature.Index[1]}, Face: [2]bool{false, true}},
		}
		n++
	}
	return n == 2
}

// opposite returns the index of the normal that points most against a direction,
// the first of several.
func opposite(normals []Vec, direction Vec) int {
	best, least := 0, direction.dot(normals[0])
	for i, n := range normals[1:] {
		if d := direction.dot(n); d < least {
			best, least = i+1, d
		}
	}
	return best
}

// following returns the index after i in a ring of n.
func following(i, n int) int {
	if i+1 < n {
		return i + 1
	}
	return 0
}

// preceding returns the index before i in a ring of n.
func preceding(i, n int) int {
	if i > 0 {
		return i - 1
	}
	return n - 1
}
