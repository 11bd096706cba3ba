package physics

import (
	"testing"

	"github.com/proximal-rl/proximal/seed"
)

// twoBodies makes a world with a static edge or polygon and a moving polygon, at
// random places.
func twoBodies(rng *seed.Rand, sensor bool) *World {
	w := NewWorld(Vec{})
	number := func(size float64) float32 { return float32(rng.Uniform(-size, size)) }
	material := Material{Density: 1, Category: 1, Mask: 1, Sensor: sensor}
	still := w.AddBody(Body{Position: Vec{number(1.5), number(1.5)}, Angle: number(3)})
	if !sensor && rng.Float64() < 0.5 {
		w.AddEdge(still, material, Vec{-0.6, 0}, Vec{0.7, 0})
	} else {
		w.AddBox(still, material, 0.7, 0.3)
	}
	moves := w.AddBody(Body{Moving: true, Position: Vec{number(1.5), number(1.5)}, Angle: number(3)})
	w.AddPolygon(moves, material, Vec{0.4, -0.2}, Vec{0.1, 0.3}, Vec{-0.3, 0.1}, Vec{-0.2, -0.3})
	return w
}

// TestStayApartFindsNoImpact tries the shortcut of continuous collision on random
// motions: where it applies, the full search finds nothing either.
func TestStayApartFindsNoImpact(t *testing.T) {
	rng := seed.New(5)
	applies, impacts := 0, 0
	for range 6000 {
		w := twoBodies(rng, false)
		b := &w.bodies[1]
		b.Sweep.End.X += float32(rng.Uniform(-1.5, 1.5))
		b.Sweep.End.Y += float32(rng.Uniform(-1.5, 1.5))
		b.Sweep.EndAngle += float32(rng.Uniform(-0.4, 0.4))
		b.place()
		w.syncFixtures(b)
		f, g := &w.fixtures[0], &w.fixtures[1]
		shapeF, shapeG := w.shape(f), w.shape(g)
		_, found := impactTime(&pair{&shapeF, &shapeG}, w.bodies[0].Sweep, b.Sweep)
		apart := w.stayApart(f, g)
		if apart && found {
			t.Fatalf("an impact of the motion %+v is overlooked", b.Sweep)
		}
		if apart {
			applies++
		}
		if found {
			impacts++
		}
	}
	if applies < 1500 || impacts < 300 {
		t.Errorf("the shortcut applied %d times, and there were %d impacts", applies, impacts)
	}
}

// TestOverlapShortcuts compares the answer of a sensor with the distance alone.
func TestOverlapShortcuts(t *testing.T) {
	rng := seed.New(6)
	touching := 0
	for range 6000 {
		w := twoBodies(rng, true)
		a, b := &w.bodies[0], &w.bodies[1]
		f, g := w.shape(&w.fixtures[0]), w.shape(&w.fixtures[1])
		d := (&pair{&f, &g}).distance(&a.Pose, &b.Pose, &simplexCache{})
		want := !(d > bothSkins) || d-bothSkins < 10*epsilon
		if got := w.overlap(&w.fixtures[0], &a.Pose, &w.fixtures[1], &b.Pose); got != want {
			t.Fatalf("overlap is %v at a distance of %v", got, d)
		}
		if want {
			touching++
		}
	}
	if touching < 300 || touching > 5700 {
		t.Errorf("%d of 6000 pairs touch", touching)
	}
}
