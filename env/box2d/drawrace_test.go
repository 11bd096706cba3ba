package box2d

import (
	"hash/crc32"
	"image"
	"strconv"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/physics"
	"github.com/proximal-rl/proximal/seed"
)

// race drives until the state of the frame.
func (f frame) race(t testing.TB) *Race {
	t.Helper()
	var drives map[string][][3]float64
	golden.Read(t, "testdata/frames/drives.json.gz", &drives)
	r := NewRace(0.95)
	r.Start(seed.New(f.Seed))
	for _, a := range drives[strconv.FormatUint(f.Seed, 10)][:f.Step] {
		r.Drive(a[0], a[1], a[2])
	}
	return r
}

// isObservation is whether the frame is what the driver sees.
func (f frame) isObservation() bool { return !strings.Contains(f.File, "picture") }

// observed is the observation of a race, as a picture.
func observed(p *racePicture, r *Race) *image.RGBA {
	obs := make([]float32, 3*observationSize*observationSize)
	p.observe(r, obs)
	dst := image.NewRGBA(image.Rect(0, 0, observationSize, observationSize))
	for i := range dst.Pix {
		dst.Pix[i] = 255
		if i%4 < 3 {
			dst.Pix[i] = uint8(obs[i/4*3+i%4])
		}
	}
	return dst
}

// Measured differences of observations are 0.19 to 0.45, and of pictures, which are
// not darkened, 1.0 to 1.2.
const (
	observationBound = 0.6
	racePictureBound = 1.3
)

// TestRaceLooksLikeGymnasiums also draws what comes some steps later, so that the
// bounds mean something.
func TestRaceLooksLikeGymnasiums(t *testing.T) {
	for _, f := range readFrames(t, "CarRacing") {
		p := &racePicture{colours: usualTints.colours()}
		r := f.race(t)
		draw, bound := func() *image.RGBA { return observed(p, r) }, observationBound
		if !f.isObservation() {
			draw, bound = func() *image.RGBA {
				dst := image.NewRGBA(image.Rect(0, 0, 600, 400))
				p.draw(dst, r, &r.marks, r.state.Reward)
				return dst
			}, racePictureBound
		}
		d := f.compare(t, draw())
		if d > bound {
			t.Errorf("%s: our picture differs by %.3f, more than %v", f.File, d, bound)
		}
		for range 20 {
			r.Drive(0.5, 0.5, 0)
		}
		later := f.compare(t, draw())
		if later < 2*bound {
			t.Errorf("%s: a picture of later differs by %.3f only", f.File, later)
		}
		t.Logf("%s: %.3f, later %.3f", f.File, d, later)
	}
}

// TestObservationsHaveSameBitsEverywhere has the checksum of all recorded
// observations, drawn by ourselves, which must not depend on the processor.
func TestObservationsHaveSameBitsEverywhere(t *testing.T) {
	sum := crc32.NewIEEE()
	for _, f := range readFrames(t, "CarRacing") {
		sum.Write(observed(&racePicture{colours: usualTints.colours()}, f.race(t)).Pix)
	}
	if got := sum.Sum32(); got != 0x1380a9f5 {
		t.Errorf("checksum is %08x, want 1380a9f5", got)
	}
}

func TestObservationsCostNoMemory(t *testing.T) {
	r, p := readFrames(t, "CarRacing")[4].race(t), &racePicture{colours: usualTints.colours()}
	obs := make([]float32, 3*observationSize*observationSize)
	p.observe(r, obs)
	if n := testing.AllocsPerRun(3, func() { p.observe(r, obs) }); n > 0 {
		t.Errorf("%v allocations in an observation", n)
	}
}

// TestSkidMarks lets a tyre slide, from the road to the grass, and roll.
func TestSkidMarks(t *testing.T) {
	var s skidMarks
	at := func(x float32) physics.Vec { return physics.Vec{X: x} }
	for x := range 5 {
		s.roll(2, at(float32(x)), true, x > 2)
	}
	s.roll(2, at(5), false, true)
	s.roll(2, at(6), true, true)
	if s.Count != 2 {
		t.Fatalf("%d marks, want 2", s.Count)
	}
	road, grass := s.Marks[0], s.Marks[1]
	if road.Mud || road.Length != 3 || road.Points[2] != at(2) {
		t.Errorf("mark on the road is %v", road)
	}
	if !grass.Mud || grass.Length != 2 || grass.Points[0] != at(3) || grass.Points[1] != at(4) {
		t.Errorf("mark on the grass is %v", grass)
	}
	for i := range 200 { // none grows without end, and the oldest make room
		s.roll(1, at(float32(i)), true, false)
		s.roll(0, at(float32(i)), i%3 > 0, false)
	}
	if int(s.Count) != len(s.Marks) {
		t.Errorf("%d marks, want %d", s.Count, len(s.Marks))
	}
}

func BenchmarkRaceObservation(b *testing.B) {
	for _, f := range readFrames(b, "CarRacing") {
		if !f.isObservation() {
			continue
		}
		b.Run(strings.TrimSuffix(f.File, ".png"), func(b *testing.B) {
			r, p := f.race(b), &racePicture{colours: usualTints.colours()}
			obs := make([]float32, 3*observationSize*observationSize)
			b.ReportAllocs()
			for b.Loop() {
				p.observe(r, obs)
			}
		})
	}
}
