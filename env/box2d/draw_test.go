package box2d

import (
	"bytes"
	"flag"
	"image"
	"image/draw"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/physics"
	"github.com/proximal-rl/proximal/seed"
)

// frame is a picture that Gymnasium has drawn of a state, from testdata/frames,
// which tools/fixtures/box2d_frames.py makes and explains.
type frame struct {
	File, Task string
	Seed       uint64
	Actions    []float32    // of a lander, up to here
	Bodies     [][3]float64 // of a walker: position and angle
	Step       int          // of a race
}

// readFrames returns the frames of tasks whose name begins so.
func readFrames(t testing.TB, task string) (some []frame) {
	t.Helper()
	var all []frame
	golden.Read(t, "testdata/frames/frames.json", &all)
	for _, f := range all {
		if strings.HasPrefix(f.Task, task) {
			some = append(some, f)
		}
	}
	if len(some) == 0 {
		t.Fatalf("no frames of %s", task)
	}
	return some
}

// picture reads what Gymnasium has drawn.
func (f frame) picture(t testing.TB) image.Image {
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

// lander flies until the state of the frame.
func (f frame) lander() *LunarLander {
	l := NewLunarLander(DefaultLunarLanderOptions())
	obs := make([]float32, 8)
	l.Reset(seed.New(f.Seed), obs)
	for _, action := range f.Actions {
		l.Step([]float32{action}, obs)
	}
	return l
}

// walker puts a walker into the state of the frame. Its bodies have no shapes, for
// the picture does not ask for them.
func (f frame) walker() (*BipedalWalker, *clouds) {
	b := NewBipedalWalker()
	g := ground{world: b.world, rng: seed.New(f.Seed), hardcore: f.Task == bipedalWalkerHardcoreID}
	g.build(&b.state.GroundY)
	sky := new(clouds)
	sky.form(g.rng)
	for i, p := range f.Bodies {
		n := b.world.AddBody(physics.Body{Moving: true, Position: point(p[0], p[1]), Angle: float32(p[2])})
		if i == 0 {
			b.state.Hull = int64(n)
		}
	}
	return b, sky
}

// empty is a picture without anything on it yet.
func empty(f env.Frame) *image.RGBA { return image.NewRGBA(image.Rect(0, 0, f.Width, f.Height)) }

var showPictures = flag.String("pictures", "", "folder for pictures of the tests, Gymnasium's above ours")

// compare returns how far our picture is from the recorded one, which may be
// smaller by a whole number: the mean absolute difference of the colours, from 0
// to 255.
func (f frame) compare(t testing.TB, ours *image.RGBA) float64 {
	t.Helper()
	want := f.picture(t)
	got := reduced(ours, ours.Rect.Dx()/want.Bounds().Dx())
	if got.Rect.Size() != want.Bounds().Size() {
		t.Fatalf("%s: %v pixels for %v recorded ones", f.File, ours.Rect.Size(), want.Bounds().Size())
	}
	if *showPictures != "" {
		show(t, filepath.Join(*showPictures, f.File), want, got)
	}
	sum := 0.0
	for y := range got.Rect.Dy() {
		for x := range got.Rect.Dx() {
			r, g, b, _ := want.At(x, y).RGBA()
			p := got.RGBAAt(x, y)
			for _, pair := range [...][2]float64{{float64(r >> 8), float64(p.R)}, {float64(g >> 8), float64(p.G)}, {float64(b >> 8), float64(p.B)}} {
				sum += math.Abs(pair[0] - pair[1])
			}
		}
	}
	return sum / float64(3*got.Rect.Dx()*got.Rect.Dy())
}

// reduced averages squares of by × by pixels.
func reduced(p *image.RGBA, by int) *image.RGBA {
	small := image.NewRGBA(image.Rect(0, 0, p.Rect.Dx()/by, p.Rect.Dy()/by))
	for i := range small.Pix {
		x, y, channel := i/4%small.Rect.Dx(), i/4/small.Rect.Dx(), i%4
		sum := 0
		for k := range by * by {
			sum += int(p.Pix[p.PixOffset(x*by+k%by, y*by+k/by)+channel])
		}
		small.Pix[i] = uint8((sum + by*by/2) / (by * by))
	}
	return small
}

// show writes two pictures, one above the other.
func show(t testing.TB, path string, above image.Image, below *image.RGBA) {
	t.Helper()
	size := below.Rect.Size()
	both := image.NewRGBA(image.Rect(0, 0, size.X, 2*size.Y))
	draw.Draw(both, below.Rect, above, image.Point{}, draw.Src)
	draw.Draw(both, below.Rect.Add(image.Pt(0, size.Y)), below, image.Point{}, draw.Src)
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := png.Encode(file, both); err != nil {
		t.Fatal(err)
	}
}

// Measured differences are 0.20 to 0.27 for the lander, most of them along the
// ground, and 0.17 to 0.34 for the walker.
const (
	landerBound = 0.3
	walkerBound = 0.4
)

// TestLanderLooksLikeGymnasiums also draws what comes after some steps of the main
// engine, so that the bound means something.
func TestLanderLooksLikeGymnasiums(t *testing.T) {
	for _, f := range readFrames(t, "LunarLander") {
		l := f.lander()
		dst := empty(l.Frame())
		l.Render(dst)
		d := f.compare(t, dst)
		if d > landerBound {
			t.Errorf("%s: our picture differs by %.3f, more than %v", f.File, d, landerBound)
		}
		for range 20 {
			l.Step([]float32{2}, make([]float32, 8))
		}
		l.Render(dst)
		later := f.compare(t, dst)
		if later < 2*d {
			t.Errorf("%s: a picture of later differs by %.3f only", f.File, later)
		}
		t.Logf("%s: %.3f, later %.3f", f.File, d, later)
	}
}

// TestWalkerLooksLikeGymnasiums also draws the walker a metre further on.
func TestWalkerLooksLikeGymnasiums(t *testing.T) {
	for _, f := range readFrames(t, "BipedalWalker") {
		b, sky := f.walker()
		dst := empty(b.Frame())
		b.paint(dst, sky)
		d := f.compare(t, dst)
		if d > walkerBound {
			t.Errorf("%s: our picture differs by %.3f, more than %v", f.File, d, walkerBound)
		}
		for i := range f.Bodies {
			f.Bodies[i][0]++
		}
		b, sky = f.walker()
		b.paint(dst, sky)
		aside := f.compare(t, dst)
		if aside < 2*d {
			t.Errorf("%s: a picture of another place differs by %.3f only", f.File, aside)
		}
		t.Logf("%s: %.3f, another place %.3f", f.File, d, aside)
	}
}

// drawings draws some of everything, by name.
func drawings(t testing.TB) map[string]func(dst *image.RGBA) {
	t.Helper()
	l := readFrames(t, "LunarLander")[3].lander()
	b, sky := readFrames(t, "BipedalWalkerHardcore")[1].walker()
	r, p := readFrames(t, "CarRacing")[4].race(t), &racePicture{colours: usualTints.colours()}
	sparks, marks := new(exhaust), new(skidMarks)
	sparks.puff(4, 5, mainPuff/10, -sidePuff/10, 1)
	return map[string]func(*image.RGBA){
		"lander": func(dst *image.RGBA) { l.paint(dst, sparks) },
		"walker": func(dst *image.RGBA) { b.paint(dst, sky) },
		"race":   func(dst *image.RGBA) { p.draw(dst, r, marks, -12.3) },
	}
}

// TestPicturesCoverEverything draws over two different pictures, one of them
// transparent, as a part of a larger one.
func TestPicturesCoverEverything(t *testing.T) {
	for name, draw := range drawings(t) {
		clean := image.NewRGBA(image.Rect(0, 0, 600, 400))
		draw(clean)
		larger := image.NewRGBA(image.Rect(-3, -4, 610, 420))
		for i := range larger.Pix {
			larger.Pix[i] = uint8(i * 7)
		}
		dirty := larger.SubImage(image.Rect(2, 5, 602, 405)).(*image.RGBA)
		draw(dirty)
		for y := range 400 {
			for x := range 600 {
				if got, want := dirty.RGBAAt(2+x, 5+y), clean.RGBAAt(x, y); got != want || got.A != 255 {
					t.Fatalf("%s: pixel (%d, %d) is %v on one picture and %v on another", name, x, y, got, want)
				}
			}
		}
	}
}

func TestPicturesCostNoMemory(t *testing.T) {
	for name, draw := range drawings(t) {
		dst := image.NewRGBA(image.Rect(0, 0, 600, 400))
		draw(dst)
		if n := testing.AllocsPerRun(3, func() { draw(dst) }); n > 0 {
			t.Errorf("%s: %v allocations in a picture", name, n)
		}
	}
}

// TestPicturesChangeNothing draws between two snapshots.
func TestPicturesChangeNothing(t *testing.T) {
	l := readFrames(t, "LunarLander")[3].lander()
	b := NewBipedalWalkerHardcore()
	b.Reset(seed.New(5), make([]float32, 24))
	for _, e := range []interface {
		env.Renderer
		env.Snapshotter
	}{l, b} {
		before, err := e.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		e.Render(empty(e.Frame()))
		if after, err := e.Snapshot(); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%T: drawing has changed the snapshot (%v)", e, err)
		}
	}
}

// TestExhaust follows a spark until it is out.
func TestExhaust(t *testing.T) {
	var e exhaust
	e.puff(1, 2, 50, 100, 1)
	e.move(-10)
	if s, want := e.Sparks[0], (spark{2, 2 + 99.8/50, 50, 99.8, 0.85}); s != want {
		t.Errorf("after a step the spark is %v, want %v", s, want)
	}
	for range 5 {
		e.move(-10)
	}
	if s := e.Sparks[0]; s.Life <= 0 {
		t.Errorf("after six steps the spark is out: %v", s)
	}
	e.move(-10)
	out := e.Sparks[0]
	e.move(-10)
	if out.Life > 0 || e.Sparks[0] != out {
		t.Errorf("after seven steps the spark still glows: %v, then %v", out, e.Sparks[0])
	}
}

func BenchmarkPictures(b *testing.B) {
	for name, draw := range drawings(b) {
		b.Run(name, func(b *testing.B) {
			dst := image.NewRGBA(image.Rect(0, 0, 600, 400))
			for b.Loop() {
				draw(dst)
			}
		})
	}
}
