package physics_test

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/physics"
)

// scene is a scene of testdata/scenes.json.gz, which tools/fixtures/physics.py
// makes and explains.
type scene struct {
	Seed   int
	Edges  [][4]float32
	Blocks [][][2]float32
	Bodies []struct {
		Position [2]float32
		Angle    float32
		Corners  [][2]float32
		Density  float32
		Friction float32
		Force    [2]float32
		Torque   float32
	}
	Joints []struct {
		A, B             int
		AnchorA, AnchorB [2]float32
		Lower, Upper     float32
		Speed, Torque    float32
	}
	MovingFirst bool
	Crc         uint32
	States      golden.Float32s
	Rays        golden.Float32s
	Awake       string
}

const (
	static = 1
	moving = 2
)

func readScenes(t testing.TB) []scene {
	t.Helper()
	var recording struct {
		Versions map[string]string
		Scenes   []scene
	}
	golden.Read(t, "testdata/scenes.json.gz", &recording)
	if len(recording.Scenes) == 0 {
		t.Fatal("there are no scenes")
	}
	return recording.Scenes
}

func vec(v [2]float32) physics.Vec { return physics.Vec{X: v[0], Y: v[1]} }

func vecs(points [][2]float32) (all []physics.Vec) {
	for _, p := range points {
		all = append(all, vec(p))
	}
	return all
}

// build adds the scene to w and returns the bodies that move.
func (s *scene) build(w *physics.World) (bodies []int) {
	addStatic := func() {
		for _, e := range s.Edges {
			w.AddEdge(w.AddBody(physics.Body{}), physics.Material{Friction: 0.5, Category: static, Mask: math.MaxUint16},
				physics.Vec{X: e[0], Y: e[1]}, physics.Vec{X: e[2], Y: e[3]})
		}
		for _, corners := range s.Blocks {
			w.AddPolygon(w.AddBody(physics.Body{}), physics.Material{Friction: 0.9, Category: static, Mask: math.MaxUint16}, vecs(corners)...)
		}
	}
	if !s.MovingFirst {
		addStatic()
	}
	for _, b := range s.Bodies {
		body := w.AddBody(physics.Body{Moving: true, Position: vec(b.Position), Angle: b.Angle})
		w.AddPolygon(body, physics.Material{Density: b.Density, Friction: b.Friction, Category: moving, Mask: static}, vecs(b.Corners)...)
		w.ApplyForce(body, vec(b.Force))
		w.ApplyTorque(body, b.Torque)
		bodies = append(bodies, body)
	}
	for _, j := range s.Joints {
		w.AddRevolute(physics.Revolute{
			A: bodies[j.A], B: bodies[j.B],
			AnchorA: vec(j.AnchorA), AnchorB: vec(j.AnchorB),
			Lower: j.Lower, Upper: j.Upper,
			Speed: j.Speed, MaxTorque: j.Torque,
		})
	}
	if s.MovingFirst {
		addStatic()
	}
	return bodies
}

// row is what a recording has of a step.
func row(w *physics.World, bodies []int) (row []float32) {
	for _, b := range bodies {
		at, v := w.Position(b), w.Velocity(b)
		row = append(row, at.X, at.Y, w.Angle(b), v.X, v.Y, w.Spin(b))
	}
	return row
}

func encode(row []float32) (b []byte) {
	for _, x := range row {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

// TestScenes repeats what Box2D has done, bit for bit.
func TestScenes(t *testing.T) {
	w := physics.NewWorld(physics.Vec{})
	for _, s := range readScenes(t) {
		if testing.Short() && s.Seed >= 20 {
			break
		}
		w.Clear(physics.Vec{Y: -10})
		bodies := s.build(w)
		width, sum := 6*len(bodies), uint32(0)
		diverged := false
		for step := 1; step <= 400; step++ {
			w.Step()
			now := row(w, bodies)
			sum = crc32.Update(sum, crc32.IEEETable, encode(now))
			if step%40 != 0 || diverged {
				continue
			}
			want := s.States[(step/40-1)*width:][:width]
			for i, x := range now {
				if math.Float32bits(x) != math.Float32bits(want[i]) {
					t.Errorf("scene %d, step %d: number %d of body %d is %v, want %v, %d ulp away",
						s.Seed, step, i%6, i/6, x, want[i], golden.ULP32(x, want[i]))
					diverged = true
					break
				}
			}
		}
		if sum != s.Crc {
			t.Errorf("scene %d: checksum is %08x, want %08x", s.Seed, sum, s.Crc)
			continue
		}
		s.checkEnd(t, w, bodies)
	}
}

// checkEnd compares what is awake and what rays meet in the end.
func (s *scene) checkEnd(t *testing.T, w *physics.World, bodies []int) {
	t.Helper()
	awake := ""
	for _, b := range bodies {
		if w.Awake(b) {
			awake += "1"
		} else {
			awake += "0"
		}
	}
	if awake != s.Awake {
		t.Errorf("scene %d: awake are %s, want %s", s.Seed, awake, s.Awake)
	}
	ends := make([]physics.Vec, len(s.Rays))
	for i := range ends {
		ends[i] = physics.Vec{X: float32(i)/2 - 12, Y: -3}
	}
	fractions := make([]float32, len(ends))
	w.Cast(fractions, physics.Vec{Y: 12}, ends, static)
	golden.Same(t, "the rays", fractions, s.Rays)
}
