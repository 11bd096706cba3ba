package render

import (
	"bufio"
	"compress/lzw"
	"encoding/binary"
	"image"
	"os"

	"github.com/proximal-rl/proximal/env"
)

// gif writes an endless animation, frame by frame. Each frame holds only the
// rectangle that differs from the one before, with up to 256 colours of its
// own.
//
// Source: CompuServe 1990, Graphics Interchange Format, version 89a.
type gif struct {
	out    *bufio.Writer
	last   *image.RGBA // what the viewer shows; nil before the first frame
	held   image.Rectangle
	pixels []byte // colour numbers of the rectangle
	shades palette

	rate    int // frames a second
	written int // hundredths of a second shown so far, by the delays written
	frames  int // seen
	waiting int // frames since the last one written that looked the same
}

func newGIF(file *os.File, f env.Frame) (encoder, error) {
	g := &gif{out: bufio.NewWriter(file), rate: f.Rate}
	g.out.WriteString("GIF89a")
	g.short(f.Width, f.Height)
	g.out.Write([]byte{0, 0, 0})                                       // no common palette
	g.out.Write([]byte("\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")) // for ever
	return g, nil
}

// add writes the frame before, whose duration is known only now.
func (g *gif) add(frame *image.RGBA) error {
	if g.last == nil {
		g.last = image.NewRGBA(frame.Rect)
		copy(g.last.Pix, frame.Pix)
		g.held, g.waiting = frame.Rect, 1
		return nil
	}
	changed := difference(g.last, frame)
	if changed.Empty() {
		g.waiting++
		return nil
	}
	if err := g.write(); err != nil {
		return err
	}
	copy(g.last.Pix, frame.Pix)
	g.held, g.waiting = changed, 1
	return nil
}

func (g *gif) finish() error {
	if err := g.write(); err != nil {
		return err
	}
	g.out.WriteByte(0x3b)
	return g.out.Flush() // reports the first error of all writes
}

// write writes the held rectangle of the last frame with its delay.
func (g *gif) write() error {
	g.frames += g.waiting
	due := (200*g.frames/g.rate + 1) / 2 // rounded, so that errors do not add up
	delay := min(due-g.written, 65535)
	g.written += delay

	bits := g.shades.fit(g.last, g.held)
	g.out.Write([]byte{0x21, 0xf9, 4, 1 << 2}) // leave in place
	g.short(delay)
	g.out.Write([]byte{0, 0, 0x2c})
	g.short(g.held.Min.X-g.last.Rect.Min.X, g.held.Min.Y-g.last.Rect.Min.Y, g.held.Dx(), g.held.Dy())
	g.out.WriteByte(0x80 | byte(bits-1))
	g.out.Write(g.shades.table(bits))

	g.pixels = g.shades.number(g.pixels[:0], g.last, g.held)
	g.out.WriteByte(byte(max(bits, 2)))
	blocks := &blocks{out: g.out}
	w := lzw.NewWriter(blocks, lzw.LSB, max(bits, 2))
	if _, err := w.Write(g.pixels); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return blocks.end()
}

// short writes 16-bit numbers.
func (g *gif) short(numbers ...int) {
	for _, n := range numbers {
		g.out.Write(binary.LittleEndian.AppendUint16(nil, uint16(n)))
	}
}

// blocks cuts a stream into blocks of up to 255 bytes with their length before
// them.
type blocks struct {
	out *bufio.Writer
	buf [255]byte
	n   int
}

func (b *blocks) Write(data []byte) (int, error) {
	total := len(data)
	for len(data) > 0 {
		n := copy(b.buf[b.n:], data)
		b.n, data = b.n+n, data[n:]
		if b.n == len(b.buf) {
			b.flush()
		}
	}
	return total, nil
}

func (b *blocks) flush() {
	b.out.WriteByte(byte(b.n))
	b.out.Write(b.buf[:b.n])
	b.n = 0
}

// end writes what is left and the empty block that closes the stream.
func (b *blocks) end() error {
	if b.n > 0 {
		b.flush()
	}
	return b.out.WriteByte(0)
}

// difference is the smallest rectangle outside of which two frames are equal.
func difference(a, b *image.RGBA) image.Rectangle {
	r := image.Rectangle{}
	for y := a.Rect.Min.Y; y < a.Rect.Max.Y; y++ {
		i, j := a.PixOffset(a.Rect.Min.X, y), b.PixOffset(b.Rect.Min.X, y-a.Rect.Min.Y+b.Rect.Min.Y)
		rowA, rowB := a.Pix[i:i+4*a.Rect.Dx()], b.Pix[j:j+4*a.Rect.Dx()]
		if string(rowA) == string(rowB) {
			continue
		}
		first, last := 0, a.Rect.Dx()
		for string(rowA[4*first:4*first+4]) == string(rowB[4*first:4*first+4]) {
			first++
		}
		for string(rowA[4*last-4:4*last]) == string(rowB[4*last-4:4*last]) {
			last--
		}
		r = r.Union(image.Rect(a.Rect.Min.X+first, y, a.Rect.Min.X+last, y+1))
	}
	return r
}
