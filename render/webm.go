package render

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"math"
	"os"

	"github.com/deepteams/webp"

	"github.com/proximal-rl/proximal/env"
)

// webm writes a video of VP8 key frames in a Matroska container. Every frame is
// the payload of a lossy WebP picture, which is a VP8 key frame, in a cluster of
// a second.
//
// Source: RFC 8794 (EBML), RFC 9559 (Matroska), RFC 9649 (WebP), section 2.5.
type webm struct {
	file    *os.File
	rate    int
	frames  int
	cluster bytes.Buffer // blocks of the cluster under way
	start   int          // its first frame
	picture bytes.Buffer
	segment int64 // where the segment's length stands
	length  int64 // where the duration stands
}

// quality of the pictures, of 100: flat colours and edges stay clean.
const quality = 90

// Elements of the container.
const (
	idEBML          = 0x1A45DFA3
	idVersion       = 0x4286
	idReadVersion   = 0x42F7
	idMaxIDLength   = 0x42F2
	idMaxSizeLength = 0x42F3
	idDocType       = 0x4282
	idTypeVersion   = 0x4287
	idTypeRead      = 0x4285
	idSegment       = 0x18538067
	idInfo          = 0x1549A966
	idTimeScale     = 0x2AD7B1
	idDuration      = 0x4489
	idMuxer         = 0x4D80
	idWriter        = 0x5741
	idTracks        = 0x1654AE6B
	idTrack         = 0xAE
	idTrackNumber   = 0xD7
	idTrackUID      = 0x73C5
	idTrackType     = 0x83
	idCodec         = 0x86
	idFrameDuration = 0x23E383
	idVideo         = 0xE0
	idPixelWidth    = 0xB0
	idPixelHeight   = 0xBA
	idCluster       = 0x1F43B675
	idTimestamp     = 0xE7
	idSimpleBlock   = 0xA3
)

func newWebM(file *os.File, f env.Frame) (encoder, error) {
	m := &webm{file: file, rate: f.Rate}
	var head bytes.Buffer
	head.Write(element(idEBML,
		number(idVersion, 1), number(idReadVersion, 1), number(idMaxIDLength, 4), number(idMaxSizeLength, 8),
		text(idDocType, "webm"), number(idTypeVersion, 2), number(idTypeRead, 2)))
	head.Write(identifier(idSegment))
	m.segment = int64(head.Len())
	head.Write(size(0)) // known at the end
	info := element(idInfo,
		number(idTimeScale, 1_000_000), text(idMuxer, "proximal"), text(idWriter, "proximal"),
		element(idDuration, make([]byte, 8))) // likewise
	m.length = int64(head.Len() + len(info) - 8)
	head.Write(info)
	head.Write(element(idTracks, element(idTrack,
		number(idTrackNumber, 1), number(idTrackUID, 1), number(idTrackType, 1), text(idCodec, "V_VP8"),
		number(idFrameDuration, uint64(1e9)/uint64(f.Rate)),
		element(idVideo, number(idPixelWidth, uint64(f.Width)), number(idPixelHeight, uint64(f.Height))))))
	_, err := file.Write(head.Bytes())
	return m, err
}

func (m *webm) add(frame *image.RGBA) error {
	m.picture.Reset()
	if err := webp.Encode(&m.picture, frame, &webp.EncoderOptions{Quality: quality, Method: 2}); err != nil {
		return err
	}
	payload, err := keyFrame(m.picture.Bytes())
	if err != nil {
		return err
	}
	if m.frames-m.start >= m.rate {
		if err := m.flush(); err != nil {
			return err
		}
	}
	var block [4]byte
	block[0] = 0x81 // track 1
	binary.BigEndian.PutUint16(block[1:], uint16(m.milliseconds(m.frames)-m.milliseconds(m.start)))
	block[3] = 0x80 // a key frame
	m.cluster.Write(element(idSimpleBlock, block[:], payload))
	m.frames++
	return nil
}

// milliseconds is when a frame is shown.
func (m *webm) milliseconds(frame int) int { return frame * 1000 / m.rate }

// flush writes the cluster and begins the next.
func (m *webm) flush() error {
	_, err := m.file.Write(element(idCluster, number(idTimestamp, uint64(m.milliseconds(m.start))), m.cluster.Bytes()))
	m.cluster.Reset()
	m.start = m.frames
	return err
}

// finish writes the last cluster, and the lengths that were not known before.
func (m *webm) finish() error {
	if err := m.flush(); err != nil {
		return err
	}
	end, err := m.file.Seek(0, 1)
	if err != nil {
		return err
	}
	duration := binary.BigEndian.AppendUint64(nil, math.Float64bits(float64(m.milliseconds(m.frames))))
	if _, err := m.file.WriteAt(duration, m.length); err != nil {
		return err
	}
	length := size(int(end - m.segment - 8))
	_, err = m.file.WriteAt(length, m.segment)
	return err
}

// keyFrame finds the VP8 frame in a lossy WebP file.
func keyFrame(file []byte) ([]byte, error) {
	for at := 12; at+8 <= len(file); {
		n := int(binary.LittleEndian.Uint32(file[at+4:]))
		if at+8+n > len(file) {
			break
		}
		if string(file[at:at+4]) == "VP8 " {
			return file[at+8 : at+8+n], nil
		}
		at += 8 + n + n&1
	}
	return nil, errors.New("the encoder wrote no VP8 frame")
}

// element is one element of the container: its identifier, its length, and its
// parts one after the other.
func element(id uint32, parts ...[]byte) []byte {
	content := bytes.Join(parts, nil)
	return append(append(identifier(id), size(len(content))...), content...)
}

func number(id uint32, v uint64) []byte {
	return element(id, binary.BigEndian.AppendUint64(nil, v))
}

func text(id uint32, s string) []byte { return element(id, []byte(s)) }

// identifier is the shortest form of an identifier, which has its length in its
// first bits.
func identifier(id uint32) []byte {
	return bytes.TrimLeft(binary.BigEndian.AppendUint32(nil, id), "\x00")
}

// size is a length in eight bytes.
func size(n int) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(n))
	b[0] = 1
	return b
}
