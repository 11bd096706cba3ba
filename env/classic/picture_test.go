package classic_test

import (
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/catalog"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/seed"
)

// frame is a picture that Gymnasium has drawn of a state, from testdata/frames,
// which tools/fixtures/classic_frames.py makes.
type frame struct {
	File, Task string
	State      golden.Float64s // numbers of a snapshot
}

func readFrames(t *testing.T) (all []frame) {
	t.Helper()
	golden.Read(t, "testdata/frames/frames.json", &all)
	return all
}

// picture reads what Gymnasium has drawn.
func (f frame) picture(t *testing.T) image.Image {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata/frames", f.File))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	picture, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// render draws the state ourselves.
func (f frame) render(t *testing.T) *image.RGBA {
	t.Helper()
	e := open(t, f.Task, unlimited)
	restore(t, e, f.Task, f.State)
	r, ok := env.As[env.Renderer](e)
	if !ok {
		t.Fatalf("%s does not draw itself", f.Task)
	}
	dst := image.NewRGBA(image.Rect(0, 0, r.Frame().Width, r.Frame().Height))
	r.Render(dst)
	return dst
}

// reduction is the number of our pixels, in both directions, for one recorded.
const reduction = 4

// apart is the mean absolute difference of the colours of a reduced picture and
// of ours, from 0 to 255.
func apart(t *testing.T, reduced image.Image, ours *image.RGBA) float64 {
	t.Helper()
	size := reduced.Bounds().Size()
	if size.Mul(reduction) != ours.Rect.Size() {
		t.Fatalf("%v pixels for %v recorded ones", ours.Rect.Size(), size)
	}
	sum := 0.0
	for y := range size.Y {
		for x := range size.X {
			want, got := colours(reduced.At(x, y).RGBA()), mean(ours, x*reduction, y*reduction)
			for i := range want {
				sum += math.Abs(got[i] - want[i])
			}
		}
	}
	return sum / float64(3*size.X*size.Y)
}

// colours are red, green and blue from 0 to 255.
func colours(r, g, b, _ uint32) [3]float64 {
	return [3]float64{float64(r >> 8), float64(g >> 8), float64(b >> 8)}
}

// mean is the mean colour of the square of pixels whose corner is at x, y.
func mean(picture *image.RGBA, x, y int) (m [3]float64) {
	for dy := range reduction {
		for dx := range reduction {
			c := colours(picture.At(x+dx, y+dy).RGBA())
			for i := range m {
				m[i] += c[i] / (reduction * reduction)
			}
		}
	}
	return m
}

// Measured differences are 0.04 to 0.10, for pictures that a blank one differs
// from by 1.7 to 3.2.
const pictureBound = 0.12

// TestPicturesLookLikeGymnasiums also draws a state that is off by 0.05, which is
// a few pixels, so that the bound means something.
func TestPicturesLookLikeGymnasiums(t *testing.T) {
	for _, f := range readFrames(t) {
		want := f.picture(t)
		if d := apart(t, want, f.render(t)); d > pictureBound {
			t.Errorf("%s: our picture differs by %.3f, more than %v", f.File, d, pictureBound)
		}
		f.State[0] += 0.05
		if d := apart(t, want, f.render(t)); d < 3*pictureBound {
			t.Errorf("%s: a picture of another state differs by %.3f only", f.File, d)
		}
	}
}

// TestPicturesCostNoMemory draws twice before, for the memory that a canvas keeps.
func TestPicturesCostNoMemory(t *testing.T) {
	for _, entry := range catalog.List() {
		task := entry.ID
		e := open(t, task, nil)
		e.Reset(seed.New(0), make([]float32, e.Spec().Observation.Size()))
		r, ok := env.As[env.Renderer](e)
		if !ok {
			t.Fatalf("%s does not draw itself", task)
		}
		dst := image.NewRGBA(image.Rect(0, 0, r.Frame().Width, r.Frame().Height))
		r.Render(dst)
		if n := testing.AllocsPerRun(2, func() { r.Render(dst) }); n > 0 {
			t.Errorf("%s: %v allocations in a picture", task, n)
		}
	}
}

// TestPictureOfTheTorque turns the torque around: the arrow is mirrored, and the
// rod, which hangs straight down, stays.
func TestPictureOfTheTorque(t *testing.T) {
	left := frame{Task: "Pendulum-v1", State: golden.Float64s{math.Pi, 0, 2}}.render(t)
	right := frame{Task: "Pendulum-v1", State: golden.Float64s{math.Pi, 0, -2}}.render(t)
	width, height := left.Rect.Dx(), left.Rect.Dy()
	turned, unmirrored := 0.0, 0.0
	for y := range height {
		for x := range width {
			turned += darker(left, x, y, right, x, y)
			unmirrored += darker(left, x, y, right, width-1-x, y)
		}
	}
	if turned < 500 || unmirrored > 5 {
		t.Errorf("%.1f pixels differ and %.1f are not mirrored, want more than 500 and next to none", turned, unmirrored)
	}
}

// darker is how much more red one pixel has than another, either way, as a
// part of all.
func darker(a *image.RGBA, ax, ay int, b *image.RGBA, bx, by int) float64 {
	return math.Abs(float64(a.RGBAAt(ax, ay).R)-float64(b.RGBAAt(bx, by).R)) / 255
}
