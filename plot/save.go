package plot

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// drawing is a picture that has been checked and arranged and only needs to be
// drawn, on paper of the usual width and a height of its own.
type drawing interface {
	paperHeight() vg.Length
	draw(on canvas)
}

// dpi makes a picture twice as many pixels wide as it is on an ordinary screen
// of 96 dots per inch.
const dpi = 2 * 96

// save makes a drawing and writes it to path, as PNG or SVG after the extension
// .png or .svg. An existing file is replaced in one step: whoever reads it sees
// the old picture or the new one, and after an error the old one is still there.
func save(path string, prepare func() (drawing, error)) error {
	data, err := encode(strings.ToLower(filepath.Ext(path)), prepare)
	if err != nil {
		return fmt.Errorf("save figure %s: %w", path, err)
	}
	if err := replace(path, data); err != nil {
		return fmt.Errorf("save figure: %w", err)
	}
	return nil
}

// encode returns the file that a drawing is in the format of extension.
func encode(extension string, prepare func() (drawing, error)) ([]byte, error) {
	if extension != ".png" && extension != ".svg" {
		return nil, fmt.Errorf("extension %q is neither .png nor .svg", extension)
	}
	picture, err := prepare()
	if err != nil {
		return nil, err
	}
	var paper vg.CanvasWriterTo
	if extension == ".png" {
		paper = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, picture.paperHeight()), vgimg.UseDPI(dpi))}
	} else {
		paper = vgsvg.New(width, picture.paperHeight())
	}
	picture.draw(canvas{paper})
	var file bytes.Buffer
	if _, err := paper.WriteTo(&file); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	if extension == ".svg" {
		return withFallbackFonts(file.Bytes()), nil
	}
	return file.Bytes(), nil
}

// withFallbackFonts lets a viewer without the font of an SVG file use another
// of the same widths.
func withFallbackFonts(svg []byte) []byte {
	return bytes.ReplaceAll(svg,
		[]byte("font-family:Liberation Sans;"),
		[]byte("font-family:'Liberation Sans',Arial,Helvetica,sans-serif;"))
}

// replace writes data to a new file beside path and then renames it to path.
func replace(path string, data []byte) (err error) {
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			temporary.Close() // an error here says nothing new
			os.Remove(temporary.Name())
		}
	}()
	if _, err := temporary.Write(data); err != nil {
		return err
	}
	if err := temporary.Chmod(0o644); err != nil {
		return err
	}
	if err := temporary.Sync(); err != nil {
		return err
	}
	if err := temporary.Close(); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}
