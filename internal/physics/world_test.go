package physics_test

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/physics"
)

// ground is what most tests stand on: a line at height 0.
func ground(w *physics.World) {
	w.AddEdge(w.AddBody(physics.Body{}), physics.Material{Friction: 0.5, Category: static, Mask: math.MaxUint16},
		physics.Vec{X: -20}, physics.Vec{X: 20})
}

// box adds a moving square of side 1.
func box(w *physics.World, x, y float32) int {
	b := w.AddBody(physics.Body{Moving: true, Position: physics.Vec{X: x, Y: y}})
	w.AddBox(b, physics.Material{Density: 1, Friction: 0.5, Category: moving, Mask: static}, 0.5, 0.5)
	return b
}

func TestFreeFall(t *testing.T) {
	w := physics.NewWorld(physics.Vec{Y: -10})
	b := box(w, 0, 100)
	for range 50 {
		w.Step()
	}
	// Semi-implicit Euler: v = −10·1, and 100 − 10·0.02²·50·51/2.
	golden.Close(t, "velocity and height after a second", []float32{w.Velocity(b).Y, w.Position(b).Y}, []float32{-10, 94.9},
		golden.Tolerance{Absolute: 1e-4, Why: "50 roundings of float32"})
}

func TestSlidingStopsByFriction(t *testing.T) {
	w := physics.NewWorld(physics.Vec{Y: -10})
	ground(w)
	b := box(w, 0, 0.515)
	w.ApplyImpulse(b, physics.Vec{X: 4}, w.Centre(b))
	for range 100 {
		w.Step()
	}
	// v²/(2·µ·g) with µ = √(0.5·0.5).
	golden.Close(t, "way", []float32{w.Position(b).X}, []float32{16.0 / 10},
		golden.Tolerance{Absolute: 0.05, Why: "steps of 0.02 s, and the box tips a little"})
	if w.Awake(b) {
		t.Error("the box is still awake")
	}
	w.ApplyForce(b, physics.Vec{X: 100})
	if w.Step(); !w.Awake(b) || w.Velocity(b).X <= 0 {
		t.Error("a force does not wake the box")
	}
}

// TestNothingFallsThrough drops boxes that move by more than their size in a step.
func TestNothingFallsThrough(t *testing.T) {
	for _, speed := range []float32{-40, -80, -99} {
		w := physics.NewWorld(physics.Vec{})
		ground(w)
		b := box(w, 0, 1.7)
		w.ApplyImpulse(b, physics.Vec{Y: speed}, w.Centre(b))
		for range 20 {
			w.Step()
		}
		if y := w.Position(b).Y; y < 0.49 {
			t.Errorf("speed %v: the box is at height %v", speed, y)
		}
	}
}

// TestJointKeepsItsLimits lets a motor turn an arm against its limits.
func TestJointKeepsItsLimits(t *testing.T) {
	w := physics.NewWorld(physics.Vec{})
	a, b := box(w, 0, 0), box(w, 1, 0)
	j := w.AddRevolute(physics.Revolute{
		A: a, B: b, AnchorA: physics.Vec{X: 0.5}, AnchorB: physics.Vec{X: -0.5},
		Lower: -0.3, Upper: 0.7, Speed: 5, MaxTorque: 3,
	})
	for _, c := range []struct{ speed, want float32 }{{5, 0.7}, {-5, -0.3}} {
		w.SetSpeed(j, c.speed)
		for range 100 {
			w.Step()
		}
		golden.Close(t, "angle", []float32{w.JointAngle(j)}, []float32{c.want},
			golden.Tolerance{Absolute: 0.05, Why: "limits give way by 2°"})
	}
	left, right := w.Point(a, physics.Vec{X: 0.5}), w.Point(b, physics.Vec{X: -0.5})
	golden.Close(t, "anchors", []float32{left.X, left.Y}, []float32{right.X, right.Y},
		golden.Tolerance{Absolute: 0.006, Why: "joints give way by 5 mm"})
	if s := w.JointSpeed(j); s < -0.01 || s > 0.01 {
		t.Errorf("the joint still turns at %v", s)
	}
}

func TestSensorsReportButDoNotStop(t *testing.T) {
	w := physics.NewWorld(physics.Vec{Y: -10})
	gate := w.AddBody(physics.Body{Position: physics.Vec{Y: 5}})
	fixture := w.AddBox(gate, physics.Material{Category: static, Mask: math.MaxUint16, Sensor: true}, 2, 0.5)
	b := box(w, 0, 7)
	var seen []string
	for range 100 {
		for _, touch := range w.Step() {
			if touch.Body != [2]int{gate, b} || touch.Fixture[0] != fixture {
				t.Errorf("touch is %+v", touch)
			}
			seen = append(seen, fmt.Sprint(touch.Began))
		}
	}
	if got := strings.Join(seen, " "); got != "true false" {
		t.Errorf("the sensor reported %s, want true false", got)
	}
	free := physics.NewWorld(physics.Vec{Y: -10})
	c := box(free, 0, 7)
	for range 100 {
		free.Step()
	}
	if free.Position(c) != w.Position(b) {
		t.Errorf("the sensor deflected the box to %v, want %v", w.Position(b), free.Position(c))
	}
}

func TestFiltersAndJointsKeepFixturesApart(t *testing.T) {
	w := physics.NewWorld(physics.Vec{})
	a, b := box(w, 0, 0), box(w, 0.2, 0) // their masks exclude each other
	for range 5 {
		if touches := w.Step(); len(touches) > 0 {
			t.Fatalf("bodies %d and %d touch: %+v", a, b, touches)
		}
	}
	everything := physics.Material{Density: 1, Category: 1, Mask: 1, Sensor: true}
	c, d := w.AddBody(physics.Body{Moving: true}), w.AddBody(physics.Body{Moving: true})
	w.AddBox(c, everything, 1, 1)
	w.AddBox(d, everything, 1, 1)
	w.AddRevolute(physics.Revolute{A: c, B: d, Lower: -1, Upper: 1})
	for _, touch := range w.Step() {
		if touch.Body == [2]int{c, d} {
			t.Error("joined bodies touch")
		}
	}
}

func TestMass(t *testing.T) {
	w := physics.NewWorld(physics.Vec{})
	b := w.AddBody(physics.Body{Moving: true, Angle: 1})
	w.AddPolygon(b, physics.Material{Density: 2}, physics.Vec{}, physics.Vec{X: 3}, physics.Vec{X: 3, Y: 2}, physics.Vec{Y: 2}, physics.Vec{X: 1, Y: 1})
	mass, inertia := w.Mass(b)
	// A rectangle about its corner: m·(a² + b²)/3; the point inside of it does not count.
	golden.Close(t, "mass and moment of inertia", []float32{mass, inertia}, []float32{12, 12 * (9 + 4) / 3},
		golden.Tolerance{Relative: 1e-6, Why: "rounding of float32"})
	centre, want := w.Centre(b), w.Point(b, physics.Vec{X: 1.5, Y: 1})
	golden.Close(t, "centre", []float32{centre.X, centre.Y}, []float32{want.X, want.Y},
		golden.Tolerance{Absolute: 1e-6, Why: "rounding of float32"})
	if corners := w.Outline(nil, 0); len(corners) != 4 {
		t.Errorf("the hull has the corners %v, want 4", corners)
	}
}

// TestClearLeavesNothing runs scenes in the memory of others.
func TestClearLeavesNothing(t *testing.T) {
	used := physics.NewWorld(physics.Vec{})
	for _, s := range readScenes(t)[:6] {
		used.Clear(physics.Vec{Y: -10})
		fresh := physics.NewWorld(physics.Vec{Y: -10})
		bodies := s.build(used)
		s.build(fresh)
		for range 100 {
			used.Step()
			fresh.Step()
		}
		golden.Same(t, "the used world", row(used, bodies), row(fresh, bodies))
	}
}

// TestSnapshot continues from snapshots in new and in used worlds.
func TestSnapshot(t *testing.T) {
	other := physics.NewWorld(physics.Vec{})
	for _, s := range readScenes(t)[:12] {
		w := physics.NewWorld(physics.Vec{Y: -10})
		bodies := s.build(w)
		for range 10 * (s.Seed + 1) {
			w.Step()
		}
		snapshot, err := w.AppendBinary([]byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		snapshot = snapshot[1:]
		fresh := &physics.World{}
		for _, to := range []*physics.World{other, fresh} {
			if err := to.UnmarshalBinary(snapshot); err != nil {
				t.Fatal(err)
			}
		}
		again, err := fresh.AppendBinary(nil)
		if err != nil || !bytes.Equal(again, snapshot) {
			t.Errorf("scene %d: the snapshot of a restored world is another one (%v)", s.Seed, err)
		}
		for range 60 {
			w.Step()
			other.Step()
			fresh.Step()
		}
		golden.Same(t, "the used world", row(other, bodies), row(w, bodies))
		golden.Same(t, "the new world", row(fresh, bodies), row(w, bodies))
		for _, length := range []int{0, 3, len(snapshot) / 2, len(snapshot) - 1} {
			if err := other.UnmarshalBinary(snapshot[:length]); err == nil {
				t.Errorf("scene %d: %d bytes of %d were accepted", s.Seed, length, len(snapshot))
			}
		}
		golden.Same(t, "after a refusal", row(other, bodies), row(w, bodies))
	}
}

func TestStepsDoNotAllocate(t *testing.T) {
	w := physics.NewWorld(physics.Vec{})
	w.Reserve(64, 256, 64)
	scenes := readScenes(t)[:3]
	play := func() {
		for i := range scenes {
			w.Clear(physics.Vec{Y: -10})
			scenes[i].build(w)
			for range 50 {
				w.Step()
			}
		}
	}
	build := func() {
		for i := range scenes {
			w.Clear(physics.Vec{Y: -10})
			scenes[i].build(w) // the test's own lists
		}
	}
	play()
	if a, b := testing.AllocsPerRun(3, play), testing.AllocsPerRun(3, build); a > b {
		t.Errorf("150 steps make %v allocations", a-b)
	}
}

// TestWorldsAreIndependent moves the same scenes one after another and at the same
// time.
func TestWorldsAreIndependent(t *testing.T) {
	scenes := readScenes(t)[:4]
	play := func(s *scene) []float32 {
		w := physics.NewWorld(physics.Vec{Y: -10})
		bodies := s.build(w)
		for range 120 {
			w.Step()
		}
		return row(w, bodies)
	}
	together := make([][]float32, len(scenes))
	var group sync.WaitGroup
	for i := range scenes {
		group.Go(func() { together[i] = play(&scenes[i]) })
	}
	group.Wait()
	for i := range scenes {
		golden.Same(t, fmt.Sprintf("scene %d", i), together[i], play(&scenes[i]))
	}
}

func TestMisusePanics(t *testing.T) {
	w := physics.NewWorld(physics.Vec{})
	still, a, b := w.AddBody(physics.Body{}), box(w, 0, 0), box(w, 9, 0)
	all := physics.Material{Density: 1, Category: 1, Mask: 1}
	for name, f := range map[string]func(){
		"two points":      func() { w.AddPolygon(a, all, physics.Vec{}, physics.Vec{X: 1}) },
		"a line":          func() { w.AddPolygon(a, all, physics.Vec{}, physics.Vec{X: 1}, physics.Vec{X: 2}) },
		"17 points":       func() { w.AddPolygon(a, all, make([]physics.Vec, 17)...) },
		"a static joint":  func() { w.AddRevolute(physics.Revolute{A: still, B: a, Upper: 1}) },
		"a joint to one":  func() { w.AddRevolute(physics.Revolute{A: a, B: a, Upper: 1}) },
		"narrow limits":   func() { w.AddRevolute(physics.Revolute{A: a, B: b, Upper: 0.01}) },
		"moving contacts": func() { w.AddBox(a, all, 1, 1); w.AddBox(b, all, 20, 1); w.Step() },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if s, ok := recover().(string); !ok || !strings.HasPrefix(s, "physics: ") {
					t.Errorf("panic is %v", s)
				}
			}()
			f()
		})
	}
}

func BenchmarkScene(b *testing.B) {
	scenes := readScenes(b)
	w := physics.NewWorld(physics.Vec{})
	b.ReportAllocs()
	for b.Loop() {
		w.Clear(physics.Vec{Y: -10})
		scenes[4].build(w)
		for range 100 {
			w.Step()
		}
	}
}
