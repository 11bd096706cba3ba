package render_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/vp8"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/render"
)

const width, height, frames = 61, 43, 120

var frame = env.Frame{Width: width, Height: height, Rate: 30}

// paint draws a square that moves over a shaded ground and stands still for
// ten frames.
func paint(dst *image.RGBA, t int) {
	at := min(t, max(t-10, 50)) % (width - 8)
	for y := range height {
		for x := range width {
			c := color.RGBA{240, uint8(200 + y), 230, 255}
			if x >= at && x < at+8 && y >= 10 && y < 18 {
				c = color.RGBA{200, 30, 20, 255}
			}
			dst.SetRGBA(x, y, c)
		}
	}
}

// shoot makes a film of the scene and returns its path.
func shoot(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	film, err := render.Create(path, frame)
	if err != nil {
		t.Fatal(err)
	}
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range frames {
		paint(picture, i)
		if err := film.Add(picture); err != nil {
			t.Fatal(err)
		}
	}
	if err := film.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// difference between a picture and the scene at t, the mean over all channels.
func difference(m image.Image, t int) float64 {
	want := image.NewRGBA(image.Rect(0, 0, width, height))
	paint(want, t)
	sum := 0
	for y := range height {
		for x := range width {
			got, w := color.RGBAModel.Convert(m.At(m.Bounds().Min.X+x, m.Bounds().Min.Y+y)).(color.RGBA), want.RGBAAt(x, y)
			for _, d := range []int{int(got.R) - int(w.R), int(got.G) - int(w.G), int(got.B) - int(w.B)} {
				sum += max(d, -d)
			}
		}
	}
	return float64(sum) / (3 * width * height)
}

// A GIF shows every frame exactly at its time: colours, changed rectangles and
// frames that last longer.
func TestGIF(t *testing.T) {
	data, err := os.ReadFile(shoot(t, "film.gif"))
	if err != nil {
		t.Fatal(err)
	}
	film, err := gif.DecodeAll(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if film.Config.Width != width || film.Config.Height != height || film.LoopCount != 0 {
		t.Errorf("%d×%d, repeated %d times", film.Config.Width, film.Config.Height, film.LoopCount)
	}
	if len(film.Image) != frames-10 {
		t.Errorf("%d pictures for %d frames of which 10 repeat", len(film.Image), frames)
	}
	screen, end, shown := image.NewRGBA(image.Rect(0, 0, width, height)), 0, -1
	for i := range frames {
		for middle := (2*i + 1) * 50 / frame.Rate; end <= middle && shown+1 < len(film.Image); {
			shown++
			end += film.Delay[shown]
			part := film.Image[shown]
			for y := part.Rect.Min.Y; y < part.Rect.Max.Y; y++ {
				for x := part.Rect.Min.X; x < part.Rect.Max.X; x++ {
					screen.Set(x, y, part.At(x, y))
				}
			}
		}
		if d := difference(screen, i); d != 0 {
			t.Fatalf("frame %d differs by %v", i, d)
		}
	}
	if end != frames*100/frame.Rate {
		t.Errorf("lasts %d hundredths of a second, want %d", end, frames*100/frame.Rate)
	}
	if area := film.Image[1].Rect; area.Dx() > 9 || area.Dy() > 8 {
		t.Errorf("the second picture covers %v, more than what changed", area)
	}
}

// More than 256 colours: the frequent ones stay, the others move little.
func TestGIFWithManyColours(t *testing.T) {
	path := filepath.Join(t.TempDir(), "film.gif")
	film, err := render.Create(path, env.Frame{Width: 64, Height: 64, Rate: 50})
	if err != nil {
		t.Fatal(err)
	}
	picture := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		picture.SetRGBA(i%64, i/64, color.RGBA{uint8(i % 64 * 4), uint8(i / 64 * 4), 100, 255})
	}
	for i := range 1000 {
		picture.SetRGBA(i%64, i/64, color.RGBA{1, 2, 3, 255})
	}
	if err := film.Add(picture); err != nil {
		t.Fatal(err)
	}
	if err := film.Close(); err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(path)
	m, err := gif.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if c := color.RGBAModel.Convert(m.At(5, 5)); c != (color.RGBA{1, 2, 3, 255}) {
		t.Errorf("the most frequent colour is now %v", c)
	}
}

// Every block of a WebM file is a VP8 key frame that shows its frame.
func TestWebM(t *testing.T) {
	data, err := os.ReadFile(shoot(t, "film.webm"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, block := range blocks(t, data) {
		d := vp8.NewDecoder()
		d.Init(bytes.NewReader(block[4:]), len(block)-4)
		h, err := d.DecodeFrameHeader()
		if err != nil || !h.KeyFrame || h.Width != width || h.Height != height {
			t.Fatalf("frame %d: header %+v, %v", n, h, err)
		}
		m, err := d.DecodeFrame()
		if err != nil {
			t.Fatal(err)
		}
		if d := difference(studio{m}, n); d > 4 {
			t.Errorf("frame %d differs by %v of 255", n, d)
		}
		n++
	}
	if n != frames {
		t.Errorf("%d frames, want %d", n, frames)
	}
}

// studio is a picture whose luma goes from 16 to 235, as VP8's does.
type studio struct{ *image.YCbCr }

func (s studio) ColorModel() color.Model { return color.RGBAModel }

func (s studio) At(x, y int) color.Color {
	c := s.YCbCrAt(x, y)
	luma, blue, red := 1.164*(float64(c.Y)-16), float64(c.Cb)-128, float64(c.Cr)-128
	level := func(v float64) uint8 { return uint8(min(max(v+0.5, 0), 255)) }
	return color.RGBA{level(luma + 1.596*red), level(luma - 0.392*blue - 0.813*red), level(luma + 2.017*blue), 255}
}

// blocks walks the elements of a WebM file and returns its simple blocks.
func blocks(t *testing.T, data []byte) (all [][]byte) {
	t.Helper()
	for len(data) > 0 {
		n := 1
		for n < 4 && data[0]>>(8-n) == 0 {
			n++
		}
		id := uint32(0)
		for _, b := range data[:n] {
			id = id<<8 | uint32(b)
		}
		size := int(binary.BigEndian.Uint64(data[n:]) & (1<<56 - 1))
		body := data[n+8 : n+8+size]
		data = data[n+8+size:]
		switch id {
		case 0x18538067, 0x1F43B675: // segment, cluster
			all = append(all, blocks(t, body)...)
		case 0xA3:
			all = append(all, body)
		}
	}
	return all
}

func TestPictures(t *testing.T) {
	dir := strings.TrimSuffix(shoot(t, "film.png"), ".png")
	for _, i := range []int{0, frames - 1} {
		file, err := os.Open(filepath.Join(dir, []string{"00000.png", "00119.png"}[min(i, 1)]))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		m, err := png.Decode(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := difference(m, i); d != 0 {
			t.Errorf("frame %d differs by %v", i, d)
		}
	}
	if _, err := render.Create(dir, frame); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("a folder with pictures is used again: %v", err)
	}
}

func TestNothingIsLeftOfAFilmGivenUp(t *testing.T) {
	for _, name := range []string{"film.gif", "film.webm"} {
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
		film, err := render.Create(path, frame)
		if err != nil {
			t.Fatal(err)
		}
		if err := film.Close(); err == nil || !strings.Contains(err.Error(), "no frame") {
			t.Errorf("%s without a frame: %v", name, err)
		}
		if film, err = render.Create(path, frame); err != nil {
			t.Fatal(err)
		}
		if err := film.Discard(); err != nil {
			t.Error(err)
		}
		if data, _ := os.ReadFile(path); string(data) != "old" {
			t.Errorf("%s was replaced", name)
		}
		if entries, _ := os.ReadDir(dir); len(entries) != 1 {
			t.Errorf("left behind: %v", entries)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		path  string
		frame env.Frame
		says  string
	}{
		{"film.mp4", frame, `no format ".mp4"`},
		{"film.gif", env.Frame{Width: 0, Height: 4, Rate: 30}, "0×4 pixels"},
		{"film.gif", env.Frame{Width: 4, Height: 4}, "0 a second"},
		{"nowhere/film.gif", frame, "nowhere"},
	} {
		film, err := render.Create(test.path, test.frame)
		if err == nil {
			film.Discard()
		}
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s with %+v: %v, want %q", test.path, test.frame, err, test.says)
		}
	}
}
