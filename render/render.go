// Package render writes the frames that an environment draws to a file: an
// animated GIF, a WebM video, or a folder of PNG pictures. It needs no display.
//
//	film, err := render.Create("episode.gif", frame) // env.Renderer's Frame
//	for … {
//		renderer.Render(picture)
//		err = film.Add(picture)
//	}
//	err = film.Close()
package render

import (
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"

	"github.com/proximal-rl/proximal/env"
)

// Film takes the frames of an episode, one after the other, and writes each as
// it comes: its memory does not grow with the length. It is used by one
// goroutine at a time.
type Film interface {
	// Add appends a frame. Its size must be that given to Create.
	Add(frame *image.RGBA) error
	// Close completes the file. A film without a frame is an error. What was
	// written is at its place only after Close has succeeded.
	Close() error
	// Discard gives up: nothing is left of an unfinished file, and a folder keeps
	// the pictures it has. After Close it does nothing.
	Discard() error
}

// Extensions lists the endings of paths that [Create] knows, the usual one
// first. A path without an ending is a folder of PNG pictures.
func Extensions() []string { return []string{".gif", ".webm", ".png"} }

// maxSide is the largest width or height that all formats can hold.
const maxSide = 16383

// Create begins a film at path. Its ending chooses the format: .gif for an
// animation that every browser and document shows, .webm for a VP8 video with
// all colours, and .png or no ending for a new folder of numbered pictures
// (for walk.png the folder is walk). A file that exists is replaced when the
// film is complete; a folder must be new or empty.
//
// It is an error if the ending is another one, or if width, height or rate of
// the frame are not usable.
func Create(path string, f env.Frame) (Film, error) {
	if f.Width < 1 || f.Width > maxSide || f.Height < 1 || f.Height > maxSide || f.Rate < 1 || f.Rate > 1000 {
		return nil, fmt.Errorf("render %s: frames of %d×%d pixels, %d a second: must be 1 to %d pixels each way, 1 to 1000 a second",
			path, f.Width, f.Height, f.Rate, maxSide)
	}
	switch extension := strings.ToLower(filepath.Ext(path)); extension {
	case ".gif":
		return begin(path, f, newGIF)
	case ".webm":
		return begin(path, f, newWebM)
	case ".png", "":
		return newPictures(strings.TrimSuffix(path, filepath.Ext(path)), f)
	default:
		return nil, fmt.Errorf("render %s: there is no format %q; must be one of %s, or none for a folder of pictures",
			path, extension, strings.Join(Extensions(), ", "))
	}
}

// encoder writes frames of one format to a file.
type encoder interface {
	add(frame *image.RGBA) error
	finish() error
}

// film is an encoder at work on a temporary file that takes its place at the
// end.
type film struct {
	path    string
	frame   env.Frame
	file    *os.File
	encoder encoder
	frames  int
	err     error // the first one; nothing is written after it
}

func begin(path string, f env.Frame, start func(*os.File, env.Frame) (encoder, error)) (Film, error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, fmt.Errorf("render: %w", err)
	}
	e, err := start(file, f)
	if err != nil {
		file.Close() // an error here says nothing new
		os.Remove(file.Name())
		return nil, fmt.Errorf("render %s: %w", path, err)
	}
	return &film{path: path, frame: f, file: file, encoder: e}, nil
}

func (m *film) Add(frame *image.RGBA) error {
	checkSize(frame, m.frame)
	if m.err != nil {
		return m.err
	}
	m.frames++
	if err := m.encoder.add(frame); err != nil {
		m.err = fmt.Errorf("render %s: %w", m.path, err)
	}
	return m.err
}

func (m *film) Close() error {
	if m.file == nil {
		return nil
	}
	file := m.file
	m.file = nil
	err := m.err
	if err == nil && m.frames == 0 {
		err = fmt.Errorf("render %s: there is no frame", m.path)
	}
	if err == nil {
		err = m.complete(file)
	}
	if err != nil {
		file.Close() // likewise
		os.Remove(file.Name())
	}
	return err
}

func (m *film) Discard() error {
	if m.file == nil {
		return nil
	}
	file := m.file
	m.file = nil
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// complete ends the encoding and moves the file to its place.
func (m *film) complete(file *os.File) error {
	steps := []func() error{
		m.encoder.finish,
		func() error { return file.Chmod(0o644) },
		file.Close,
		func() error { return os.Rename(file.Name(), m.path) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("render %s: %w", m.path, err)
		}
	}
	return nil
}

func checkSize(frame *image.RGBA, f env.Frame) {
	if frame.Rect.Dx() != f.Width || frame.Rect.Dy() != f.Height {
		panic("render: frame has another size than the film")
	}
}
