package plot

import (
	"errors"
	"fmt"

	"gonum.org/v1/plot/vg"
)

// sheet is a Panels that has been checked and arranged and only needs to be
// drawn.
type sheet struct {
	title  string
	panels []pane
	legend []entry
	height vg.Length
}

// newSheet checks and arranges p.
func newSheet(p Panels) (*sheet, error) {
	if p.Columns < 0 {
		panic("plot: negative number of columns")
	}
	if len(p.Panels) == 0 {
		return nil, errors.New("nothing to draw: no panel")
	}
	s := &sheet{title: p.Title}
	named := newStyles(p.Panels)
	for _, panel := range p.Panels {
		drawn, err := newPane(panel, named)
		if err != nil {
			return nil, fmt.Errorf("panel %q: %w", panel.Title, err)
		}
		s.panels = append(s.panels, drawn)
	}
	s.legend = sheetEntries(p.Panels, named)
	columns := p.Columns
	if columns == 0 {
		columns = len(p.Panels)
	}
	s.arrange(min(columns, len(p.Panels), mostColumns))
	return s, nil
}

// mostColumns is how many panels beside each other leave room for their data.
const mostColumns = 4

// The spaces inside a sheet.
const (
	panelGap     vg.Length = 22
	rowGap       vg.Length = 14
	tickPitch    vg.Length = 44 // least distance of numbers along an axis, about
	shortestData vg.Length = 130
	tallestData  vg.Length = 240
)

// row is the room that the panels beside each other take, from the top.
type row struct{ above, data, below vg.Length }

func (r row) height() vg.Length { return r.above + r.data + r.below }

// arrange places the panels. The data of all panels in a row stand at one
// height, those of all panels in a column have one left edge.
func (s *sheet) arrange(columns int) {
	cellWidth := (width - 2*margin - vg.Length(columns-1)*panelGap) / vg.Length(columns)
	dataHeight := min(max(cellWidth*0.62, shortestData), tallestData)
	labels := make([]vg.Length, columns) // room for the numbers left of the data
	rows := make([]row, (len(s.panels)+columns-1)/columns)
	for i := range s.panels {
		p, r, column := &s.panels[i], &rows[i/columns], i%columns
		p.measure(cellWidth, dataHeight)
		labels[column] = max(labels[column], p.labelWidth())
		*r = row{max(r.above, p.headHeight()), dataHeight, max(r.below, p.footHeight())}
	}
	s.height = 2*margin + s.headHeight() + s.footHeight() + vg.Length(len(rows)-1)*rowGap
	for _, r := range rows {
		s.height += r.height()
	}

	top := s.height - margin - s.headHeight()
	for i := range s.panels {
		p, r, column := &s.panels[i], rows[i/columns], i%columns
		left := margin + vg.Length(column)*(cellWidth+panelGap)
		p.cell = vg.Rectangle{
			Min: vg.Point{X: left, Y: top - r.height()},
			Max: vg.Point{X: left + cellWidth, Y: top},
		}
		p.data = vg.Rectangle{
			Min: vg.Point{X: left + labels[column], Y: p.cell.Min.Y + r.below},
			Max: vg.Point{X: p.cell.Max.X - gap, Y: top - r.above},
		}
		if column == columns-1 {
			top = p.cell.Min.Y - rowGap
		}
	}
}

// headHeight returns the room of the title.
func (s *sheet) headHeight() vg.Length {
	if s.title == "" {
		return 0
	}
	return titleLine + gap
}

// footHeight returns the room of the legend.
func (s *sheet) footHeight() vg.Length {
	if len(s.legend) == 0 {
		return 0
	}
	return gap + legendHeight(s.legend)
}

func (s *sheet) paperHeight() vg.Length { return s.height }

// draw draws the sheet.
func (s *sheet) draw(on canvas) {
	on.box(paperColour, vg.Rectangle{Max: vg.Point{X: width, Y: s.height}})
	on.text(faces().title, ink, flushLeft, vg.Point{X: margin, Y: s.height - margin - 10},
		fit(faces().title, s.title, width-2*margin))
	for i := range s.panels {
		s.panels[i].draw(on)
	}
	drawLegend(on, s.legend, vg.Point{X: margin, Y: margin + legendHeight(s.legend)})
}
