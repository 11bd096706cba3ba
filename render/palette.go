package render

import (
	"cmp"
	"image"
	"slices"
)

// palette is up to 256 colours that stand for those of a picture: the most
// frequent ones as they are, each of the others the nearest of these. Drawings
// have few colours and the shades between them along edges, so hardly any
// differ. The zero value is ready; memory is reused.
type palette struct {
	colours []uint32 // 0xRRGGBB
	counts  map[uint32]int
	numbers map[uint32]byte
	order   []uint32
	bytes   []byte
}

// fit chooses the colours for a rectangle of a picture and returns how many
// bits their numbers need, at least 1.
func (p *palette) fit(m *image.RGBA, r image.Rectangle) (bits int) {
	if p.counts == nil {
		p.counts, p.numbers = map[uint32]int{}, map[uint32]byte{}
	}
	clear(p.counts)
	clear(p.numbers)
	each(m, r, func(colour uint32, run int) { p.counts[colour] += run })
	p.order = p.order[:0]
	for colour := range p.counts {
		p.order = append(p.order, colour)
	}
	slices.SortFunc(p.order, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(p.counts[b], p.counts[a]), cmp.Compare(a, b))
	})
	p.colours = p.order[:min(256, len(p.order))]
	for i, colour := range p.colours {
		p.numbers[colour] = byte(i)
	}
	for bits = 1; 1<<bits < len(p.colours); bits++ {
	}
	return bits
}

// table returns the colours as red, green and blue, filled up to 2^bits.
func (p *palette) table(bits int) []byte {
	p.bytes = p.bytes[:0]
	for _, c := range p.colours {
		p.bytes = append(p.bytes, byte(c>>16), byte(c>>8), byte(c))
	}
	for len(p.bytes) < 3<<bits {
		p.bytes = append(p.bytes, 0)
	}
	return p.bytes
}

// number appends the number of the colour of every pixel, row by row.
func (p *palette) number(dst []byte, m *image.RGBA, r image.Rectangle) []byte {
	each(m, r, func(colour uint32, run int) {
		n, ok := p.numbers[colour]
		if !ok {
			n = p.nearest(colour)
			p.numbers[colour] = n
		}
		for range run {
			dst = append(dst, n)
		}
	})
	return dst
}

// nearest returns the number of the colour at the least distance.
func (p *palette) nearest(colour uint32) byte {
	best, least := 0, 1<<30
	for i, c := range p.colours {
		if d := distance(c, colour); d < least {
			best, least = i, d
		}
	}
	return byte(best)
}

func distance(a, b uint32) int {
	sum := 0
	for shift := 0; shift <= 16; shift += 8 {
		d := int(a>>shift&0xff) - int(b>>shift&0xff)
		sum += d * d
	}
	return sum
}

// each calls f for the runs of one colour in the rows of a rectangle.
func each(m *image.RGBA, r image.Rectangle, f func(colour uint32, run int)) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		i := m.PixOffset(r.Min.X, y)
		row := m.Pix[i : i+4*r.Dx()]
		last, run := uint32(0), 0
		for ; len(row) > 0; row = row[4:] {
			colour := uint32(row[0])<<16 | uint32(row[1])<<8 | uint32(row[2])
			if run > 0 && colour != last {
				f(last, run)
				run = 0
			}
			last = colour
			run++
		}
		f(last, run)
	}
}
