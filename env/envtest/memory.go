package envtest

import (
	"fmt"
	"math"
	"slices"
)

// unwritten is a NaN that no arithmetic produces. It fills rows, so that an
// element that still has these bits was not written.
var unwritten = math.Float32frombits(0xffdead01)

// isUnwritten reports whether x is the mark and not any other NaN.
func isUnwritten(x float32) bool { return math.Float32bits(x) == math.Float32bits(unwritten) }

// marked returns n elements that are not written.
func marked(n int) []float32 {
	row := make([]float32, n)
	mark(row)
	return row
}

// mark spoils a row.
func mark(row []float32) {
	for i := range row {
		row[i] = unwritten
	}
}

func checkRow(p *probe) error {
	d := drive(p.open(), 1)
	d.row = func() []float32 { return marked(d.spec.Observation.Size()) }
	d.after = func(_, obs []float32) error {
		if i := slices.IndexFunc(obs, isUnwritten); i >= 0 {
			return fmt.Errorf("element %d of the observation was not written, or was made from what stood there", i)
		}
		return nil
	}
	_, err := d.record(probeSteps)
	return err
}

func checkNeighbours(p *probe) error {
	const margin = 16
	d := drive(p.open(), 1)
	n := d.spec.Observation.Size()
	var memory []float32
	d.row = func() []float32 {
		memory = marked(margin + n + margin)
		return memory[margin : margin+n]
	}
	d.after = func(_, _ []float32) error {
		for i, x := range memory {
			if (i < margin || i >= margin+n) && !isUnwritten(x) {
				return fmt.Errorf("element %d of a row of %d was written", i-margin, n)
			}
		}
		return nil
	}
	_, err := d.record(probeSteps)
	return err
}

func checkAction(p *probe) error {
	want := p.reference(1)
	d := drive(p.open(), 1)
	d.after = func(action, _ []float32) error {
		if action != nil && !slices.Equal(action, d.chosen) {
			return fmt.Errorf("the action was %v and is now %v", d.chosen, action)
		}
		mark(action)
		return nil
	}
	got, err := d.record(probeSteps)
	if err != nil {
		return err
	}
	if err := difference(got, want); err != nil {
		return fmt.Errorf("with actions overwritten after their step: %w", err)
	}
	return nil
}

func checkMemory(p *probe) error {
	want := p.reference(1)
	d := drive(p.open(), 1)
	d.row = func() []float32 { return marked(d.spec.Observation.Size()) }
	d.after = func(_, obs []float32) error {
		mark(obs)
		return nil
	}
	if err := difference(d.mustRecord(probeSteps), want); err != nil {
		return fmt.Errorf("with rows overwritten before and after they are written: %w", err)
	}
	return nil
}
