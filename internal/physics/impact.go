package physics

// At the time of impact the shapes, without skins, are this far apart, more or
// less: 0.02 − 3·0.005.
const (
	impactDistance  float32 = 0.005
	impactTolerance float32 = 0.25 * linearSlop

	maxImpactIterations = 20
	maxRootIterations   = 50
)

// impactTime returns the fraction of their motions at which two shapes first
// touch; ok is false if they do not, or if they overlap from the beginning.
//
// It moves to the time at which the shapes touch along the axis between their
// nearest features, as often as that turns out to be another axis: conservative
// advancement by separating axes, as in Box2D's b2TimeOfImpact.
func impactTime(p *pair, a, b sweep) (t float32, ok bool) {
	a.normalise()
	b.normalise()
	var cache simplexCache
	now := float32(0)
	for range maxImpactIterations {
		aAt, bAt := a.at(now), b.at(now)
		switch d := p.distance(&aAt, &bAt, &cache); {
		case d <= 0:
			return 0, false
		case d < impactDistance+impactTolerance:
			return now, true
		}
		axis := separationAlong(&cache, p, &a, &b, now)
		next, outcome := axis.approach(now)
		switch outcome {
		case apart:
			return 1, false
		case touching:
			return now, true
		}
		now = next
	}
	return now, false
}

type approachOutcome int

const (
	closer   approachOutcome = iota // they touch along this axis, at the time returned
	apart                           // they never touch
	touching                        // they already do
)

// approach finds the time, from now on, at which the shapes touch along the axis.
func (s *separation) approach(now float32) (float32, approachOutcome) {
	later := float32(1)
	for range maxVertices {
		indexA, indexB, then := s.deepest(later)
		if then > impactDistance+impactTolerance {
			return 1, apart
		}
		if then > impactDistance-impactTolerance {
			return later, closer
		}
		first := s.at(indexA, indexB, now)
		if first < impactDistance-impactTolerance {
			return now, apart
		}
		if first <= impactDistance+impactTolerance {
			return now, touching
		}
		later = s.root(indexA, indexB, now, first, later, then)
	}
	return now, closer
}

// root finds the time between low and high at which two vertices are at the
// distance of impact, by turns of bisection and the secant rule. Their distances
// at low and high are sLow and sHigh.
func (s *separation) root(indexA, indexB int, low, sLow, high, sHigh float32) float32 {
	end := high
	for i := range maxRootIterations {
		t := float32(0.5 * (low + high))
		if i&1 == 1 {
			t = low + float32((impactDistance-sLow)*(high-low))/(sHigh-sLow)
		}
		d := s.at(indexA, indexB, t)
		if magnitude(d-impactDistance) < impactTolerance {
			return t
		}
		if d > impactDistance {
			low, sLow = t, d
		} else {
			high, sHigh = t, d
		}
	}
	return end
}
