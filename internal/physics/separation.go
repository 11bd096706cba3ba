package physics

// separation measures how far two moving shapes are apart along one axis.
type separation struct {
	pair   *pair
	a, b   *sweep
	kind   separationKind
	axis   Vec // of a face in the frame of its shape, of points in the world
	middle Vec // of the face
}

type separationKind int

const (
	betweenPoints separationKind = iota
	fromFaceA
	fromFaceB
)

// separationAlong chooses the axis between the nearest features at time t.
func separationAlong(cache *simplexCache, p *pair, a, b *sweep, t float32) separation {
	s := separation{pair: p, a: a, b: b}
	aAt, bAt := a.at(t), b.at(t)
	pointA, pointB := p.a.Vertices[cache.indexA[0]], p.b.Vertices[cache.indexB[0]]
	switch {
	case cache.count == 1:
		s.kind = betweenPoints
		s.axis = bAt.apply(pointB).minus(aAt.apply(pointA)).unit()
	case cache.indexA[0] == cache.indexA[1]:
		s.kind = fromFaceB
		s.setFace(pointB, p.b.Vertices[cache.indexB[1]], &bAt, aAt.apply(pointA))
	default:
		s.kind = fromFaceA
		s.setFace(pointA, p.a.Vertices[cache.indexA[1]], &aAt, bAt.apply(pointB))
	}
	return s
}

// setFace takes the axis across a face, towards a point of the other shape.
func (s *separation) setFace(from, to Vec, at *pose, other Vec) {
	s.axis = to.minus(from).right().unit()
	s.middle = from.plus(to).times(0.5)
	if other.minus(at.apply(s.middle)).dot(at.Turn.turn(s.axis)) < 0 {
		s.axis = s.axis.negative()
	}
}

// deepest finds the vertices that are nearest along the axis at time t. Of a
// shape whose face gives the axis there is none.
func (s *separation) deepest(t float32) (indexA, indexB int, distance float32) {
	aAt, bAt := s.a.at(t), s.b.at(t)
	switch s.kind {
	case betweenPoints:
		indexA = support(s.pair.a.Vertices, aAt.Turn.back(s.axis))
		indexB = support(s.pair.b.Vertices, bAt.Turn.back(s.axis.negative()))
	case fromFaceA:
		indexB = support(s.pair.b.Vertices, bAt.Turn.back(aAt.Turn.turn(s.axis).negative()))
	case fromFaceB:
		indexA = support(s.pair.a.Vertices, aAt.Turn.back(bAt.Turn.turn(s.axis).negative()))
	}
	return indexA, indexB, s.measure(indexA, indexB, &aAt, &bAt)
}

// at is the distance of two vertices along the axis at time t.
func (s *separation) at(indexA, indexB int, t float32) float32 {
	aAt, bAt := s.a.at(t), s.b.at(t)
	return s.measure(indexA, indexB, &aAt, &bAt)
}

func (s *separation) measure(indexA, indexB int, aAt, bAt *pose) float32 {
	switch s.kind {
	case fromFaceA:
		return bAt.apply(s.pair.b.Vertices[indexB]).minus(aAt.apply(s.middle)).dot(aAt.Turn.turn(s.axis))
	case fromFaceB:
		return aAt.apply(s.pair.a.Vertices[indexA]).minus(bAt.apply(s.middle)).dot(bAt.Turn.turn(s.axis))
	}
	return bAt.apply(s.pair.b.Vertices[indexB]).minus(aAt.apply(s.pair.a.Vertices[indexA])).dot(s.axis)
}
