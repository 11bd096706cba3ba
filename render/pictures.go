package render

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"

	"github.com/proximal-rl/proximal/env"
)

// pictures is a folder of PNG files, 00000.png, 00001.png and so on.
type pictures struct {
	dir     string
	frame   env.Frame
	frames  int
	encoder png.Encoder
}

func newPictures(dir string, f env.Frame) (Film, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("render: %w", err)
	}
	switch entries, err := os.ReadDir(dir); {
	case err != nil:
		return nil, fmt.Errorf("render: %w", err)
	case len(entries) > 0:
		return nil, fmt.Errorf("render: folder %s is not empty", dir)
	}
	return &pictures{dir: dir, frame: f, encoder: png.Encoder{CompressionLevel: png.BestSpeed}}, nil
}

func (p *pictures) Add(frame *image.RGBA) (err error) {
	checkSize(frame, p.frame)
	path := filepath.Join(p.dir, fmt.Sprintf("%05d.png", p.frames))
	p.frames++
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("render: %w", err)
	}
	defer func() {
		if closing := file.Close(); err == nil && closing != nil {
			err = fmt.Errorf("render: %w", closing)
		}
	}()
	if err := p.encoder.Encode(file, frame); err != nil {
		return fmt.Errorf("render %s: %w", path, err)
	}
	return nil
}

func (p *pictures) Close() error {
	if p.frames == 0 {
		return fmt.Errorf("render %s: there is no frame", p.dir)
	}
	return nil
}

func (p *pictures) Discard() error { return nil }
