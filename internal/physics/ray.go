package physics

// Cast finds the nearest fixtures along lines from one point to others, among
// those whose category has a bit of the given ones. It writes to dst at which
// fraction of its line each lies; 1 if there is none. dst is as long as to.
func (w *World) Cast(dst []float32, from Vec, to []Vec, category uint16) {
	around := box{from, from}
	for i, end := range to {
		dst[i] = 1
		around = around.around(&box{end, end})
	}
	w.found = w.tree.search(w.found[:0], &around)
	for _, leaf := range w.found {
		n := &w.tree.Nodes[leaf]
		if f := &w.fixtures[n.Fixture]; f.Category&category != 0 {
			w.castAt(dst, from, to, f, &n.Box)
		}
	}
}

// castAt shortens the lines that reach a fixture, which lies in a box.
func (w *World) castAt(dst []float32, from Vec, to []Vec, f *fixture, within *box) {
	at, s := &w.bodies[f.Body].Pose, w.shape(f)
	start := at.undo(from)
	for i, end := range to {
		if (from.X < within.Lower.X && end.X < within.Lower.X) || (from.X > within.Upper.X && end.X > within.Upper.X) {
			continue
		}
		if len(s.Vertices) == 2 {
			dst[i] = s.castEdge(start, at.undo(end), dst[i])
		} else {
			dst[i] = s.castPolygon(start, at.undo(end), dst[i])
		}
	}
}

// castEdge crosses the line q = from + t·(to−from) with that of the edge.
func (s *polygon) castEdge(from, to Vec, nearest float32) float32 {
	d := to.minus(from)
	a, e := s.Vertices[0], s.Vertices[1].minus(s.Vertices[0])
	normal := s.Normals[0]
	denominator := normal.dot(d)
	if denominator == 0 {
		return nearest
	}
	t := normal.dot(a.minus(from)) / denominator
	if t < 0 || nearest < t {
		return nearest
	}
	q := from.plus(d.times(t))
	length := e.dot(e)
	if length == 0 {
		return nearest
	}
	if along := q.minus(a).dot(e) / length; along < 0 || 1 < along {
		return nearest
	}
	return t
}

// castPolygon cuts the line by every side.
func (s *polygon) castPolygon(from, to Vec, nearest float32) float32 {
	d := to.minus(from)
	enters, leaves, hit := float32(0), nearest, false
	for i, v := range s.Vertices {
		n := s.Normals[i]
		numerator, denominator := n.dot(v.minus(from)), n.dot(d)
		switch {
		case denominator == 0:
			if numerator < 0 {
				return nearest
			}
		case denominator < 0 && numerator < float32(enters*denominator):
			enters, hit = numerator/denominator, true
		case denominator > 0 && numerator < float32(leaves*denominator):
			leaves = numerator / denominator
		}
		if leaves < enters {
			return nearest
		}
	}
	if hit {
		return enters
	}
	return nearest
}
