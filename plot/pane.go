package plot

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
)

// pane is a panel that has been checked and measured and only needs to be drawn.
type pane struct {
	Panel
	styles styles
	x, y   axis
	cell   vg.Rectangle // the whole panel
	data   vg.Rectangle // where its data stand
}

// newPane checks p.
func newPane(p Panel, named styles) (pane, error) {
	drawn := pane{Panel: p, styles: named}
	if len(p.Lines)+len(p.Bars) == 0 {
		return drawn, errors.New("no line and no bar")
	}
	for _, l := range p.Lines {
		if err := l.check(); err != nil {
			return drawn, fmt.Errorf("line %q: %w", l.Name, err)
		}
	}
	for _, b := range p.Bars {
		if err := b.check(); err != nil {
			return drawn, fmt.Errorf("bars %q: %w", b.Name, err)
		}
	}
	for _, level := range p.Levels {
		if !isFinite(level.Y) {
			return drawn, fmt.Errorf("level %q lies at %v, which is not finite", level.Name, level.Y)
		}
	}
	for _, vertical := range p.Verticals {
		if !isFinite(vertical.X) {
			return drawn, fmt.Errorf("vertical %q lies at %v, which is not finite", vertical.Name, vertical.X)
		}
	}
	if err := p.X.check(p.LogX); err != nil {
		return drawn, fmt.Errorf("range of x: %w", err)
	}
	if err := p.Y.check(p.LogY); err != nil {
		return drawn, fmt.Errorf("range of y: %w", err)
	}
	x, y := p.extents()
	if p.LogX && x.Low <= 0 {
		return drawn, fmt.Errorf("x reaches %v, which has no place on a logarithmic axis", x.Low)
	}
	if p.LogY && y.Low <= 0 {
		return drawn, fmt.Errorf("y reaches %v, which has no place on a logarithmic axis", y.Low)
	}
	return drawn, nil
}

// check says what is wrong with l.
func (l Line) check() error {
	n := len(l.X)
	if len(l.Y) != n || (l.Lower == nil) != (l.Upper == nil) ||
		(l.Lower != nil && (len(l.Lower) != n || len(l.Upper) != n)) {
		panic("plot: X, Y, Lower and Upper of a line differ in length")
	}
	for i := range l.X {
		if l.drawn(i) {
			return nil
		}
	}
	return errors.New("no finite value")
}

// drawn reports whether point i of l can be drawn.
func (l Line) drawn(i int) bool { return isFinite(l.X[i]) && isFinite(l.Y[i]) }

// ranged reports whether point i of l has an interval that can be drawn.
func (l Line) ranged(i int) bool {
	return l.Lower != nil && isFinite(l.X[i]) && isFinite(l.Lower[i]) && isFinite(l.Upper[i])
}

// check says what is wrong with b.
func (b Bars) check() error {
	if len(b.Edges) != len(b.Heights)+1 && len(b.Edges)+len(b.Heights) > 0 {
		panic("plot: bars need one edge more than heights")
	}
	if len(b.Heights) == 0 {
		return errors.New("no bar")
	}
	for i, edge := range b.Edges {
		if !isFinite(edge) || (i > 0 && edge <= b.Edges[i-1]) {
			return fmt.Errorf("edge %d is %v; edges must be finite and ascend", i, edge)
		}
	}
	for i, height := range b.Heights {
		if !isFinite(height) {
			return fmt.Errorf("height %d is %v, which is not finite", i, height)
		}
	}
	return nil
}

// check says what is wrong with r as the range of a logarithmic or plain axis.
func (r Range) check(logarithmic bool) error {
	switch {
	case r == Range{}:
		return nil
	case !isFinite(r.Low) || !isFinite(r.High) || r.Low >= r.High:
		return fmt.Errorf("from %v to %v is no range", r.Low, r.High)
	case logarithmic && r.Low <= 0:
		return fmt.Errorf("from %v has no place on a logarithmic axis", r.Low)
	}
	return nil
}

// extents returns the least and greatest values of all that p holds.
func (p Panel) extents() (x, y Range) {
	x = Range{math.Inf(1), math.Inf(-1)}
	y = x
	for _, l := range p.Lines {
		for i := range l.X {
			if l.drawn(i) {
				x.cover(l.X[i])
				y.cover(l.Y[i])
			}
			if l.ranged(i) {
				x.cover(l.X[i])
				y.cover(l.Lower[i])
				y.cover(l.Upper[i])
			}
		}
	}
	for _, b := range p.Bars {
		x.cover(b.Edges[0])
		x.cover(b.Edges[len(b.Edges)-1])
		if !p.LogY {
			y.cover(0)
		}
		for _, height := range b.Heights {
			y.cover(height)
		}
	}
	for _, level := range p.Levels {
		y.cover(level.Y)
	}
	for _, vertical := range p.Verticals {
		x.cover(vertical.X)
	}
	return x, y
}

// cover widens r so that it reaches v.
func (r *Range) cover(v float64) { r.Low, r.High = min(r.Low, v), max(r.High, v) }

// measure sets the axes of a panel whose cell and data have the given sizes.
func (p *pane) measure(cellWidth, dataHeight vg.Length) {
	x, y := p.extents()
	across := max(2, int(cellWidth/tickPitch))
	up := max(2, int(dataHeight/(tickPitch*0.65)))
	switch {
	case len(p.Categories) > 0:
		p.x = namedAxis(p.Categories)
	case p.X != Range{}:
		p.x = fixedAxis(p.X, p.LogX, across)
	case p.LogX:
		p.x = logAxis(x.Low, x.High, across, p.hasPoints())
	default:
		p.x = newAxis(x.Low, x.High, across, p.hasPoints())
	}
	switch {
	case p.Y != Range{}:
		p.y = fixedAxis(p.Y, p.LogY, up)
	case p.LogY:
		p.y = logAxis(y.Low, y.High, up, true)
	default:
		p.y = newAxis(y.Low, y.High, up, true)
	}
}

// hasPoints reports whether dots stand in p, which need room at the sides.
func (p *pane) hasPoints() bool {
	for _, l := range p.Lines {
		if l.Points {
			return true
		}
	}
	return false
}
