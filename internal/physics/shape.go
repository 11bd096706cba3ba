package physics

// polygon is a view of a convex polygon in the frame of its body, or of an edge:
// that has two vertices, the normal on its right and no centroid.
type polygon struct {
	Vertices, Normals []Vec
	Centroid          Vec
}

// hull puts the corners of the convex hull of points into dst, counter-clockwise
// from the rightmost one (the lowest of several), by gift wrapping, and returns
// how many there are.
func hull(dst *[maxVertices]Vec, points []Vec) int {
	first := 0
	for i, p := range points {
		if q := points[first]; p.X > q.X || p.X == q.X && p.Y < q.Y {
			first = i
		}
	}
	n := 0
	for corner := first; ; n++ {
		dst[n] = points[corner]
		next := 0
		for j := 1; j < len(points); j++ {
			if next == corner {
				next = j
				continue
			}
			r, v := points[next].minus(dst[n]), points[j].minus(dst[n])
			if c := r.cross(v); c < 0 || c == 0 && v.lengthSquared() > r.lengthSquared() {
				next = j
			}
		}
		if corner = next; corner == first {
			return n + 1
		}
	}
}

const third float32 = 1.0 / 3.0

// centroid returns the centre of area of a polygon, as the fan of triangles from
// the origin.
func centroid(vertices []Vec) Vec {
	var c, origin Vec
	area := float32(0)
	for i, p := range vertices {
		q := vertices[(i+1)%len(vertices)]
		triangle := float32(0.5 * p.cross(q))
		area += triangle
		c = c.plus(origin.plus(p).plus(q).times(float32(triangle * third)))
	}
	return c.times(1 / area)
}

// massOf returns the mass of a polygon, its centre, and its moment of inertia
// about the origin of the frame.
func massOf(vertices []Vec, density float32) (mass float32, centre Vec, inertia float32) {
	var s Vec
	for _, p := range vertices {
		s = s.plus(p)
	}
	s = s.times(1 / float32(len(vertices)))
	const twelfth float32 = 0.25 * third
	var relative Vec
	area := float32(0)
	for i, p := range vertices {
		a, b := p.minus(s), vertices[(i+1)%len(vertices)].minus(s)
		d := a.cross(b)
		triangle := float32(0.5 * d)
		area += triangle
		relative = relative.plus(a.plus(b).times(float32(triangle * third)))
		x := float32(a.X*a.X) + float32(b.X*a.X) + float32(b.X*b.X)
		y := float32(a.Y*a.Y) + float32(b.Y*a.Y) + float32(b.Y*b.Y)
		inertia += float32(float32(twelfth*d) * (x + y))
	}
	mass = float32(density * area)
	relative = relative.times(1 / area)
	centre = relative.plus(s)
	inertia = float32(density*inertia) + float32(mass*(centre.dot(centre)-relative.dot(relative)))
	return mass, centre, inertia
}

// support returns the index of the vertex that lies farthest in a direction, the
// first of several.
func support(vertices []Vec, direction Vec) int {
	best, most := 0, vertices[0].dot(direction)
	for i, v := range vertices[1:] {
		if d := v.dot(direction); d > most {
			best, most = i+1, d
		}
	}
	return best
}

// contains reports whether a point lies within the polygon.
func (s *polygon) contains(p Vec) bool {
	for i, v := range s.Vertices {
		if s.Normals[i].dot(p.minus(v)) > 0 {
			return false
		}
	}
	return true
}

// box is a rectangle along the axes.
type box struct{ Lower, Upper Vec }

// boundsOf returns the box around a shape, skin included.
func boundsOf(vertices []Vec, at *pose) box {
	lower := at.apply(vertices[0])
	upper := lower
	for _, v := range vertices[1:] {
		p := at.apply(v)
		lower.X, lower.Y = min(lower.X, p.X), min(lower.Y, p.Y)
		upper.X, upper.Y = max(upper.X, p.X), max(upper.Y, p.Y)
	}
	return box{lower, upper}.grown(skin)
}

func (b box) grown(by float32) box {
	return box{Vec{b.Lower.X - by, b.Lower.Y - by}, Vec{b.Upper.X + by, b.Upper.Y + by}}
}

// around returns the box around both.
func (b *box) around(c *box) box {
	u := *b
	if c.Lower.X < u.Lower.X {
		u.Lower.X = c.Lower.X
	}
	if c.Lower.Y < u.Lower.Y {
		u.Lower.Y = c.Lower.Y
	}
	if c.Upper.X > u.Upper.X {
		u.Upper.X = c.Upper.X
	}
	if c.Upper.Y > u.Upper.Y {
		u.Upper.Y = c.Upper.Y
	}
	return u
}

func (b *box) perimeter() float32 {
	return float32(2 * ((b.Upper.X - b.Lower.X) + (b.Upper.Y - b.Lower.Y)))
}

func (b *box) contains(c *box) bool {
	return b.Lower.X <= c.Lower.X && b.Lower.Y <= c.Lower.Y && c.Upper.X <= b.Upper.X && c.Upper.Y <= b.Upper.Y
}

func (b *box) overlaps(c *box) bool {
	return !(c.Lower.X-b.Upper.X > 0 || c.Lower.Y-b.Upper.Y > 0 || b.Lower.X-c.Upper.X > 0 || b.Lower.Y-c.Upper.Y > 0)
}
