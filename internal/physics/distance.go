package physics

// simplex is up to three points of the difference of two convex shapes.
type simplex struct {
	points [3]simplexPoint
	count  int
}

// simplexPoint is the difference between a vertex of each shape.
type simplexPoint struct {
	a, b           Vec // the vertices in the world
	diff           Vec // b − a
	weight         float32
	indexA, indexB int
}

// simplexCache keeps the vertices of a simplex for the next, similar question. It
// is empty if its count is 0.
type simplexCache struct {
	metric         float32
	count          int
	indexA, indexB [3]int
}

// pair is two shapes whose distance is asked for.
type pair struct{ a, b *polygon }

// maxDistanceIterations bounds the search for the nearest points.
const maxDistanceIterations = 20

// distance returns the distance of two shapes without their skins, by the
// algorithm of Gilbert, Johnson and Keerthi, starting from cache and leaving the
// result there.
func (p *pair) distance(aAt, bAt *pose, cache *simplexCache) float32 {
	var s simplex
	s.read(cache, p, aAt, bAt)
	for range maxDistanceIterations {
		saved, savedCount := s.points, s.count
		switch s.count {
		case 2:
			s.solve2()
		case 3:
			s.solve3()
		}
		if s.count == 3 {
			break
		}
		d := s.direction()
		if d.lengthSquared() < float32(epsilon*epsilon) {
			break
		}
		i := support(p.a.Vertices, aAt.Turn.back(d.negative()))
		j := support(p.b.Vertices, bAt.Turn.back(d))
		s.points[s.count].set(p, aAt, bAt, i, j)
		if contains(saved[:savedCount], i, j) {
			break
		}
		s.count++
	}
	a, b := s.witnesses()
	s.write(cache)
	return a.minus(b).length()
}

// overlap reports whether two fixtures touch, skins included. Most do not since the
// boxes around them lie apart, or do since one contains the middle of the other:
// both are decided by more than the distance is rounded by, and save the search.
func (w *World) overlap(f *fixture, fAt *pose, g *fixture, gAt *pose) bool {
	const clearly = 0.001
	if around := f.Swept.grown(clearly); !around.overlaps(&g.Swept) {
		return false
	}
	a, b := w.shape(f), w.shape(g)
	if !f.isEdge() && !g.isEdge() && (a.contains(fAt.undo(gAt.apply(b.Centroid))) || b.contains(gAt.undo(fAt.apply(a.Centroid)))) {
		return true
	}
	p, cache := pair{&a, &b}, simplexCache{}
	d := p.distance(fAt, gAt, &cache)
	return !(d > bothSkins) || d-bothSkins < 10*epsilon
}

func contains(points []simplexPoint, a, b int) bool {
	for i := range points {
		if points[i].indexA == a && points[i].indexB == b {
			return true
		}
	}
	return false
}

// set makes the point of two vertices.
func (v *simplexPoint) set(p *pair, aAt, bAt *pose, a, b int) {
	v.indexA, v.indexB = a, b
	v.a, v.b = aAt.apply(p.a.Vertices[a]), bAt.apply(p.b.Vertices[b])
	v.diff = v.b.minus(v.a)
}

// read starts from the cache unless the shapes have changed too much since.
func (s *simplex) read(cache *simplexCache, p *pair, aAt, bAt *pose) {
	s.count = cache.count
	for i := range s.points[:s.count] {
		s.points[i].set(p, aAt, bAt, cache.indexA[i], cache.indexB[i])
	}
	if s.count > 1 {
		if was, is := cache.metric, s.metric(); is < float32(0.5*was) || float32(2*was) < is || is < epsilon {
			s.count = 0
		}
	}
	if s.count == 0 {
		s.points[0].set(p, aAt, bAt, 0, 0)
		s.count = 1
	}
}

// write remembers the simplex.
func (s *simplex) write(cache *simplexCache) {
	cache.metric, cache.count = s.metric(), s.count
	for i := range s.points[:s.count] {
		cache.indexA[i], cache.indexB[i] = s.points[i].indexA, s.points[i].indexB
	}
}

// metric is the size of the simplex: a length or twice an area.
func (s *simplex) metric() float32 {
	switch s.count {
	case 2:
		return s.points[0].diff.minus(s.points[1].diff).length()
	case 3:
		return s.points[1].diff.minus(s.points[0].diff).cross(s.points[2].diff.minus(s.points[0].diff))
	}
	return 0
}

// direction points from the simplex towards the origin.
func (s *simplex) direction() Vec {
	if s.count == 1 {
		return s.points[0].diff.negative()
	}
	e := s.points[1].diff.minus(s.points[0].diff)
	if e.cross(s.points[0].diff.negative()) > 0 {
		return e.left()
	}
	return e.right()
}

// witnesses returns the nearest points of the two shapes.
func (s *simplex) witnesses() (a, b Vec) {
	p := &s.points
	switch s.count {
	case 1:
		return p[0].a, p[0].b
	case 2:
		a = p[0].a.times(p[0].weight).plus(p[1].a.times(p[1].weight))
		b = p[0].b.times(p[0].weight).plus(p[1].b.times(p[1].weight))
		return a, b
	}
	a = p[0].a.times(p[0].weight).plus(p[1].a.times(p[1].weight)).plus(p[2].a.times(p[2].weight))
	return a, a
}

// keep1 reduces the simplex to one of its points.
func (s *simplex) keep1(i int) {
	s.points[0] = s.points[i]
	s.points[0].weight = 1
	s.count = 1
}

// weigh2 sets the weights of two points from their barycentric coordinates.
func (s *simplex) weigh2(i, j int, u, v float32) {
	inverse := 1 / (u + v)
	s.points[i].weight, s.points[j].weight = float32(u*inverse), float32(v*inverse)
	s.count = 2
}

// solve2 finds the part of a line that is nearest to the origin.
func (s *simplex) solve2() {
	w1, w2 := s.points[0].diff, s.points[1].diff
	e := w2.minus(w1)
	u, v := w2.dot(e), -w1.dot(e)
	switch {
	case v <= 0:
		s.keep1(0)
	case u <= 0:
		s.keep1(1)
	default:
		s.weigh2(0, 1, u, v)
	}
}

// solve3 finds the part of a triangle that is nearest to the origin.
func (s *simplex) solve3() {
	w1, w2, w3 := s.points[0].diff, s.points[1].diff, s.points[2].diff
	e12, e13, e23 := w2.minus(w1), w3.minus(w1), w3.minus(w2)
	u12, v12 := w2.dot(e12), -w1.dot(e12)
	u13, v13 := w3.dot(e13), -w1.dot(e13)
	u23, v23 := w3.dot(e23), -w2.dot(e23)
	n := e12.cross(e13)
	area1, area2, area3 := float32(n*w2.cross(w3)), float32(n*w3.cross(w1)), float32(n*w1.cross(w2))
	switch {
	case v12 <= 0 && v13 <= 0:
		s.keep1(0)
	case u12 > 0 && v12 > 0 && area3 <= 0:
		s.weigh2(0, 1, u12, v12)
	case u13 > 0 && v13 > 0 && area2 <= 0:
		s.weigh2(0, 2, u13, v13)
		s.points[1] = s.points[2]
	case u12 <= 0 && v23 <= 0:
		s.keep1(1)
	case u13 <= 0 && u23 <= 0:
		s.keep1(2)
	case u23 > 0 && v23 > 0 && area1 <= 0:
		s.weigh2(1, 2, u23, v23)
		s.points[0] = s.points[2]
	default:
		inverse := 1 / (area1 + area2 + area3)
		for i, area := range [3]float32{area1, area2, area3} {
			s.points[i].weight = float32(area * inverse)
		}
	}
}
