package physics

// collidePolygons computes the manifold of two polygons.
func collidePolygons(m *manifold, a *polygon, aAt *pose, b *polygon, bAt *pose) {
	m.Count = 0
	faceA, separationA := maxSeparation(a, aAt, b, bAt)
	if separationA > bothSkins {
		return
	}
	faceB, separationB := maxSeparation(b, bAt, a, aAt)
	if separationB > bothSkins {
		return
	}
	if separationB > float32(polygonPreference*separationA)+polygonPreferenceOffset {
		m.On = 1
		onFace(m, b, bAt, faceB, a, aAt)
	} else {
		m.On = 0
		onFace(m, a, aAt, faceA, b, bAt)
	}
}

// onFace makes the manifold of an incident polygon on a face of the reference.
func onFace(m *manifold, reference *polygon, referenceAt *pose, face int, incident *polygon, incidentAt *pose) {
	next := following(face, len(reference.Vertices))
	i := opposite(incident.Normals, incidentAt.Turn.back(referenceAt.Turn.turn(reference.Normals[face])))
	j := following(i, len(incident.Vertices))
	segment := [2]clipPoint{
		{incidentAt.apply(incident.Vertices[i]), feature{Index: [2]uint8{uint8(face), uint8(i)}, Face: [2]bool{true, false}}},
		{incidentAt.apply(incident.Vertices[j]), feature{Index: [2]uint8{uint8(face), uint8(j)}, Face: [2]bool{true, false}}},
	}
	from, to := reference.Vertices[face], reference.Vertices[next]
	localTangent := to.minus(from).unit()
	m.Normal, m.Plane = localTangent.right(), from.plus(to).times(0.5)

	tangent := referenceAt.Turn.turn(localTangent)
	normal := tangent.right()
	from, to = referenceAt.apply(from), referenceAt.apply(to)
	if !clip(&segment, tangent.negative(), -tangent.dot(from)+bothSkins, face) ||
		!clip(&segment, tangent, tangent.dot(to)+bothSkins, next) {
		return
	}
	front := normal.dot(from)
	for _, p := range segment {
		if normal.dot(p.At)-front <= bothSkins {
			f := p.Feature
			if m.On == 1 {
				f = f.swapped()
			}
			m.add(incidentAt.undo(p.At), f)
		}
	}
}

// maxSeparation finds the face of a from which b is farthest, by climbing from
// the face that looks most towards b.
func maxSeparation(a *polygon, aAt *pose, b *polygon, bAt *pose) (face int, separation float32) {
	towards := aAt.Turn.back(bAt.apply(b.Centroid).minus(aAt.apply(a.Centroid)))
	n := len(a.Normals)
	face, most := 0, -largest
	for i, normal := range a.Normals {
		if d := normal.dot(towards); d > most {
			face, most = i, d
		}
	}
	separation = faceSeparation(a, aAt, face, b, bAt)
	before, after := preceding(face, n), following(face, n)
	separationBefore := faceSeparation(a, aAt, before, b, bAt)
	separationAfter := faceSeparation(a, aAt, after, b, bAt)
	step := following
	switch {
	case separationBefore > separation && separationBefore > separationAfter:
		face, separation, step = before, separationBefore, preceding
	case separationAfter > separation:
		face, separation = after, separationAfter
	default:
		return face, separation
	}
	for {
		next := step(face, n)
		s := faceSeparation(a, aAt, next, b, bAt)
		if !(s > separation) {
			return face, separation
		}
		face, separation = next, s
	}
}

// faceSeparation is the distance of b from the line of a face of a.
func faceSeparation(a *polygon, aAt *pose, face int, b *polygon, bAt *pose) float32 {
	normal := aAt.Turn.turn(a.Normals[face])
	local := bAt.Turn.back(normal)
	deepest, least := 0, largest
	for i, v := range b.Vertices {
		if d := v.dot(local); d < least {
			deepest, least = i, d
		}
	}
	return bAt.apply(b.Vertices[deepest]).minus(aAt.apply(a.Vertices[face])).dot(normal)
}
