package envtest

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
	"math"
	"slices"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/space"
)

func checkMask(p *probe) error {
	e := p.open()
	masker, ok := env.As[env.Masker](e)
	if !ok {
		return notApplicable("no env.Masker")
	}
	actions, ok := e.Spec().Action.(space.Discrete)
	if !ok {
		return fmt.Errorf("the action space is %v", e.Spec().Action)
	}
	d := drive(e, 1)
	for i := range probeSteps {
		if !attempt(func() { d.advance() }) {
			return nil
		}
		if d.ended {
			continue
		}
		if err := inspectMask(masker, actions.N); err != nil {
			return fmt.Errorf("%s: %w", place(i), err)
		}
	}
	return nil
}

// inspectMask looks at the mask of the present state, over two different
// backgrounds.
func inspectMask(m env.Masker, n int) error {
	mask, other := make([]bool, n), slices.Repeat([]bool{true}, n)
	m.Mask(mask)
	m.Mask(other)
	for i := range mask {
		if mask[i] != other[i] {
			return fmt.Errorf("element %d of the mask was not written", i)
		}
	}
	if !slices.Contains(mask, true) {
		return errors.New("no action is allowed")
	}
	return nil
}

func checkSnapshot(p *probe) error {
	if _, ok := env.As[env.Snapshotter](p.open()); !ok {
		return notApplicable("no env.Snapshotter")
	}
	want := p.reference(1)
	for _, at := range []int{1, 2, 19, probeSteps / 2} {
		if err := p.checkSnapshotAt(at, want); err != nil {
			return fmt.Errorf("snapshot after %d events: %w", at, err)
		}
	}
	return nil
}

// checkSnapshotAt takes a snapshot of a run after some events and continues it
// in the same, a used and a new instance.
func (p *probe) checkSnapshotAt(at int, want []event) error {
	d := drive(p.open(), 1)
	d.mustRecord(at)
	rest := want[at:]
	snapshot, err := snapshotter(d.env).Snapshot()
	if err != nil {
		return err
	}
	used := p.open()
	drive(used, 2).mustRecord(at + 3)
	onUsed, err := d.fork(used, snapshot)
	if err != nil {
		return fmt.Errorf("restore in a used instance: %w", err)
	}
	onNew, err := d.fork(p.open(), snapshot)
	if err != nil {
		return fmt.Errorf("restore in a new instance: %w", err)
	}
	if err := refusesDamage(d, snapshot); err != nil {
		return err
	}
	for _, c := range []struct {
		on   string
		fork *driver
	}{{"the original", d}, {"a used", onUsed}, {"a new", onNew}} {
		if err := difference(c.fork.mustRecord(len(rest)), rest); err != nil {
			return fmt.Errorf("then, on %s instance, %w", c.on, err)
		}
	}
	return nil
}

// snapshotter is the ability of an environment that is known to have it.
func snapshotter(e env.Env) env.Snapshotter {
	s, ok := env.As[env.Snapshotter](e)
	if !ok {
		panic("another instance is a Snapshotter, this one is not")
	}
	return s
}

// fork returns a driver that continues on e, restored from a snapshot, where d
// stands now.
func (d *driver) fork(e env.Env, snapshot []byte) (*driver, error) {
	f := drive(e, 0)
	f.ended = d.ended
	f.rng = d.rng.Clone()
	f.actions.rng, f.actions.count = d.actions.rng.Clone(), d.actions.count
	given := slices.Clone(snapshot)
	err := snapshotter(e).Restore(given, f.rng)
	for i := range given {
		given[i] ^= 0xff
	}
	return f, err
}

// refusesDamage tries to restore what is left of a snapshot when its end is
// lost, on an instance that is to go on after it.
func refusesDamage(d *driver, snapshot []byte) error {
	if len(snapshot) == 0 {
		return nil
	}
	for _, left := range []int{0, len(snapshot) / 2} {
		if snapshotter(d.env).Restore(snapshot[:left], d.rng) == nil {
			return fmt.Errorf("a snapshot of %d bytes was restored from the first %d of them", len(snapshot), left)
		}
	}
	return nil
}

func checkFigures(p *probe) error {
	e := p.open()
	reporter, ok := env.As[env.Reporter](e)
	if !ok {
		return notApplicable("no env.Reporter")
	}
	names := slices.Clone(reporter.Figures())
	if sorted := slices.Sorted(slices.Values(names)); len(slices.Compact(sorted)) < len(names) || slices.Contains(names, "") {
		return fmt.Errorf("the names are %q", names)
	}
	unwritten := math.Float64frombits(0xfff8dead00000001)
	figures := make([]float64, len(names))
	d := drive(e, 1)
	for i := range probeSteps {
		if v, _, _ := d.advance(); v.reset {
			continue
		}
		for k := range figures {
			figures[k] = unwritten
		}
		reporter.Report(figures)
		for k, x := range figures {
			if math.Float64bits(x) == math.Float64bits(unwritten) {
				return fmt.Errorf("%s: figure %q was not written", place(i), names[k])
			}
		}
	}
	if later := reporter.Figures(); !slices.Equal(later, names) {
		return fmt.Errorf("the names were %q and are now %q", names, later)
	}
	return nil
}

func checkPicture(p *probe) error {
	e := p.open()
	renderer, ok := env.As[env.Renderer](e)
	if !ok {
		return notApplicable("no env.Renderer")
	}
	frame := renderer.Frame()
	if frame.Width <= 0 || frame.Height <= 0 || frame.Rate <= 0 {
		return fmt.Errorf("the frame is %+v", frame)
	}
	d := drive(e, 1)
	d.after = func(action, _ []float32) error {
		if d.actions.count%37 != 0 { // drawing takes long
			return nil
		}
		return inspectPicture(renderer, frame)
	}
	got, err := d.record(probeSteps)
	if err != nil {
		return err
	}
	if err := difference(got, p.reference(1)); err != nil {
		return fmt.Errorf("with pictures drawn in between: %w", err)
	}
	return p.checkRestoredPicture(d, draw(renderer, frame))
}

// checkRestoredPicture compares the picture of where d stands with that of a new
// instance that is put there.
func (p *probe) checkRestoredPicture(d *driver, want *image.RGBA) error {
	if _, ok := env.As[env.Snapshotter](d.env); !ok {
		return nil
	}
	snapshot, err := snapshotter(d.env).Snapshot()
	if err != nil {
		return err
	}
	restored := p.open()
	if err := snapshotter(restored).Restore(snapshot, d.rng.Clone()); err != nil {
		return err
	}
	renderer, ok := env.As[env.Renderer](restored)
	if !ok {
		return errors.New("another instance is a Renderer, this one is not")
	}
	if got := draw(renderer, renderer.Frame()); !bytes.Equal(got.Pix, want.Pix) {
		return errors.New("restored from a snapshot it draws another picture")
	}
	return nil
}

// draw draws the present state over a transparent background.
func draw(r env.Renderer, f env.Frame) *image.RGBA {
	picture := image.NewRGBA(image.Rect(0, 0, f.Width, f.Height))
	r.Render(picture)
	return picture
}

// inspectPicture looks for pixels that are not painted.
func inspectPicture(r env.Renderer, f env.Frame) error {
	picture := draw(r, f)
	for i := 3; i < len(picture.Pix); i += 4 {
		if picture.Pix[i] != 0xff {
			return fmt.Errorf("the pixel at (%d, %d) is not opaque", i/4%f.Width, i/4/f.Width)
		}
	}
	return nil
}

func checkHealth(p *probe) error {
	e := p.open()
	drive(e, 1).mustRecord(probeSteps)
	if f, ok := env.As[env.Failer](e); ok && f.Err() != nil {
		return fmt.Errorf("after %d events: %w", probeSteps, f.Err())
	}
	if c, ok := env.As[io.Closer](e); ok {
		return errors.Join(c.Close(), c.Close())
	}
	return nil
}
