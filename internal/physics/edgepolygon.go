package physics

// edgeCollision is a polygon in the frame of an edge.
type edgeCollision struct {
	from, to          Vec // the edge
	normal            Vec // of the side of the edge on which the polygon lies
	front             bool
	vertices, normals []Vec
}

// collideEdge computes the manifold of an edge and a polygon.
func collideEdge(m *manifold, edge *polygon, edgeAt *pose, poly *polygon, polyAt *pose) {
	m.Count = 0
	place := polyAt.seenFrom(edgeAt)
	right := edge.Normals[0]
	c := edgeCollision{from: edge.Vertices[0], to: edge.Vertices[1], normal: right}
	c.front = right.dot(place.apply(poly.Centroid).minus(c.from)) >= 0
	if !c.front {
		c.normal = right.negative()
	}
	var vertices, normals [maxVertices]Vec
	n := len(poly.Vertices)
	c.vertices, c.normals = vertices[:n], normals[:n]
	for i, v := range poly.Vertices {
		c.vertices[i] = place.apply(v)
	}
	edgeSeparation := c.edgeSeparation()
	if edgeSeparation > bothSkins {
		return
	}
	for i, v := range poly.Normals {
		c.normals[i] = place.Turn.turn(v)
	}
	face, separation := c.polygonSeparation()
	if separation > bothSkins {
		return
	}
	if face >= 0 && separation > float32(polygonPreference*edgeSeparation)+polygonPreferenceOffset {
		c.onPolygon(m, poly, face)
	} else {
		c.onEdge(m, &place)
	}
}

// edgeSeparation is the distance of the polygon from the line of the edge.
func (c *edgeCollision) edgeSeparation() float32 {
	least := largest
	for _, v := range c.vertices {
		if s := c.normal.dot(v.minus(c.from)); s < least {
			least = s
		}
	}
	return least
}

// polygonSeparation finds the face of the polygon that is farthest from the edge,
// among those that an edge without neighbours admits; -1 if there is none. A
// separation that rules out a contact ends the search.
func (c *edgeCollision) polygonSeparation() (face int, separation float32) {
	face, separation = -1, -largest
	limit := c.normal.negative()
	for i, v := range c.vertices {
		n := c.normals[i].negative()
		s := min(n.dot(v.minus(c.from)), n.dot(v.minus(c.to)))
		if s > bothSkins {
			return i, s
		}
		if n.minus(limit).dot(c.normal) < -angularSlop {
			continue
		}
		if s > separation {
			face, separation = i, s
		}
	}
	return face, separation
}

// onEdge makes the manifold of a polygon that lies on the edge.
func (c *edgeCollision) onEdge(m *manifold, place *pose) {
	i := opposite(c.normals, c.normal)
	j := following(i, len(c.normals))
	segment := [2]clipPoint{
		{c.vertices[i], feature{Index: [2]uint8{0, uint8(i)}, Face: [2]bool{true, false}}},
		{c.vertices[j], feature{Index: [2]uint8{0, uint8(j)}, Face: [2]bool{true, false}}},
	}
	first, from, to := 0, c.from, c.to
	if !c.front {
		first, from, to = 1, c.to, c.from
	}
	if !clipToFace(&segment, c.normal, from, to, first, 1-first) {
		return
	}
	m.On, m.Normal, m.Plane = 0, c.normal, from
	for _, p := range segment {
		if c.normal.dot(p.At.minus(from)) <= bothSkins {
			m.add(place.undo(p.At), p.Feature)
		}
	}
}

// onPolygon makes the manifold of an edge that lies on a face of the polygon.
func (c *edgeCollision) onPolygon(m *manifold, poly *polygon, face int) {
	next := following(face, len(c.normals))
	end := feature{Index: [2]uint8{0, uint8(face)}, Face: [2]bool{false, true}}
	segment := [2]clipPoint{{c.from, end}, {c.to, end}}
	normal, from := c.normals[face], c.vertices[face]
	if !clipToFace(&segment, normal, from, c.vertices[next], face, next) {
		return
	}
	m.On, m.Normal, m.Plane = 1, poly.Normals[face], poly.Vertices[face]
	for _, p := range segment {
		if normal.dot(p.At.minus(from)) <= bothSkins {
			m.add(p.At, p.Feature.swapped())
		}
	}
}

// add appends a point without impulses.
func (m *manifold) add(local Vec, f feature) {
	m.Points[m.Count] = manifoldPoint{Local: local, Feature: f}
	m.Count++
}

// clipToFace cuts a segment to the width of a face with the given vertices.
func clipToFace(segment *[2]clipPoint, normal, from, to Vec, first, second int) bool {
	side := normal.right()
	other := side.negative()
	return clip(segment, side, side.dot(from), first) && clip(segment, other, other.dot(to), second)
}
