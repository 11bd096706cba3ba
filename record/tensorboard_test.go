package record_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proximal-rl/proximal/record"
)

// event is what the reader below finds in one record of an event file.
type event struct {
	wallTime float64
	version  string
	row      record.Row
	meaning  map[string]string // descriptions in the event by tag
}

// readEvents is a reader of event files that shares no code with the writer:
// frames, checksums and protocol buffers are decoded by hand.
func readEvents(data []byte) ([]event, error) {
	var events []event
	for at := 0; at < len(data); {
		if len(data)-at < 16 {
			return events, fmt.Errorf("record at %d: %d bytes are too few for a frame", at, len(data)-at)
		}
		header := data[at : at+8]
		size := int(binary.LittleEndian.Uint64(header))
		if binary.LittleEndian.Uint32(data[at+8:]) != crcByBits(header) {
			return events, fmt.Errorf("record at %d: checksum of its length", at)
		}
		if len(data)-at-16 < size {
			return events, fmt.Errorf("record at %d: torn", at)
		}
		body := data[at+12 : at+12+size]
		if binary.LittleEndian.Uint32(data[at+12+size:]) != crcByBits(body) {
			return events, fmt.Errorf("record at %d: checksum of its data", at)
		}
		e, err := decodeEvent(body)
		if err != nil {
			return events, fmt.Errorf("record at %d: %w", at, err)
		}
		events = append(events, e)
		at += 16 + size
	}
	return events, nil
}

// crcByBits is the masked CRC-32C, one bit after the other.
func crcByBits(data []byte) uint32 {
	crc := ^uint32(0)
	for _, b := range data {
		crc ^= uint32(b)
		for range 8 {
			lowest := crc & 1
			crc >>= 1
			if lowest == 1 {
				crc ^= 0x82f63b78
			}
		}
	}
	crc = ^crc
	return (crc>>15 | crc<<17) + 0xa282ead8
}

// fields calls yield with each field of a protocol buffer message.
func fields(message []byte, yield func(number int, integer uint64, content []byte) error) error {
	for len(message) > 0 {
		key, n := binary.Uvarint(message)
		if n <= 0 {
			return errors.New("bad field key")
		}
		message = message[n:]
		var integer uint64
		var content []byte
		switch key & 7 {
		case 0:
			integer, n = binary.Uvarint(message)
		case 1:
			integer, n = binary.LittleEndian.Uint64(message), 8
		case 2:
			size, m := binary.Uvarint(message)
			content, n = message[m:m+int(size)], m+int(size)
		case 5:
			integer, n = uint64(binary.LittleEndian.Uint32(message)), 4
		default:
			return fmt.Errorf("wire type %d", key&7)
		}
		if err := yield(int(key>>3), integer, content); err != nil {
			return err
		}
		message = message[n:]
	}
	return nil
}

func decodeEvent(message []byte) (event, error) {
	e := event{meaning: make(map[string]string)}
	err := fields(message, func(number int, integer uint64, content []byte) error {
		switch number {
		case 1:
			e.wallTime = math.Float64frombits(integer)
		case 2:
			e.row.Step = int64(integer)
		case 3:
			e.version = string(content)
		case 5:
			return fields(content, func(_ int, _ uint64, value []byte) error {
				return decodeValue(&e, value)
			})
		default:
			return fmt.Errorf("field %d of an event", number)
		}
		return nil
	})
	return e, err
}

func decodeValue(e *event, message []byte) error {
	var tag string
	return fields(message, func(number int, integer uint64, content []byte) error {
		switch number {
		case 1:
			tag = string(content)
		case 2:
			e.row.Add(tag, float64(math.Float32frombits(uint32(integer))))
		case 5:
			return decodeHistogram(e, tag, content)
		case 9:
			return decodeMetadata(e, tag, content)
		default:
			return fmt.Errorf("field %d of a value", number)
		}
		return nil
	})
}

func decodeHistogram(e *event, tag string, message []byte) error {
	h := record.Histogram{Name: tag}
	var number, low, high float64
	var edges []float64
	err := fields(message, func(field int, integer uint64, content []byte) error {
		switch field {
		case 1:
			low = math.Float64frombits(integer)
		case 2:
			high = math.Float64frombits(integer)
		case 3:
			number = math.Float64frombits(integer)
		case 6:
			edges = doubles(content)
		case 7:
			for _, n := range doubles(content) {
				h.Counts = append(h.Counts, int(n))
			}
		default:
			return fmt.Errorf("field %d of a histogram", field)
		}
		return nil
	})
	n := len(edges)
	if n < 3 || len(h.Counts) != n || number != float64(h.Total()) || !slices.IsSorted(edges) || edges[n-1] != high || edges[0] <= low {
		return fmt.Errorf("histogram %+v of %v values from %v to %v with limits %v", h, number, low, high, edges)
	}
	h.Low, h.High = edges[0], edges[n-2]
	e.row.AddHistogram(h)
	return err
}

// doubles reads a packed field.
func doubles(content []byte) (all []float64) {
	for ; len(content) >= 8; content = content[8:] {
		all = append(all, math.Float64frombits(binary.LittleEndian.Uint64(content)))
	}
	return all
}

func decodeMetadata(e *event, tag string, message []byte) error {
	plugin, class := "scalars", uint64(1)
	if _, ok := e.row.Histogram(tag); ok {
		plugin, class = "histograms", 2
	}
	return fields(message, func(number int, integer uint64, content []byte) error {
		switch number {
		case 1:
			if string(content) != "\n"+string(byte(len(plugin)))+plugin {
				return fmt.Errorf("plugin %q", content)
			}
		case 3:
			e.meaning[tag] = string(content)
		case 4:
			if integer != class {
				return fmt.Errorf("data class %d", integer)
			}
		default:
			return fmt.Errorf("field %d of metadata", number)
		}
		return nil
	})
}

// readTensorBoard reads back the rows, whose first event tells the version.
func readTensorBoard(t *testing.T, dir string, _ record.Recorder) []record.Row {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, record.TensorBoardFile))
	if err != nil {
		t.Fatal(err)
	}
	events, err := readEvents(data)
	if err != nil {
		t.Fatal(err)
	}
	if len(events) == 0 || events[0].version != "brain.Event:2" || events[0].row.Scalars != nil {
		t.Fatalf("no version in the first of %d events", len(events))
	}
	var rows []record.Row
	for _, e := range events[1:] {
		rows = append(rows, e.row)
	}
	return rows
}

// ticking returns a clock that advances by a quarter of a second a reading.
func ticking() func() time.Time {
	now := time.Unix(1_700_000_000, 0)
	return func() time.Time {
		now = now.Add(250 * time.Millisecond)
		return now
	}
}

// The golden file was encoded by TensorBoard's own writer and read back by its
// event accumulator: tools/fixtures/record.py.
func TestTensorBoardWritesTheBytesOfTensorBoard(t *testing.T) {
	want, err := os.ReadFile("testdata/events.out.tfevents.golden")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), record.TensorBoardFile)
	r, err := record.NewTensorBoard(path, ticking())
	if err != nil {
		t.Fatal(err)
	}
	rows := []record.Row{
		row(0, record.Scalar{Name: record.OptimLearningRate, Value: 3e-4}),
		row(2048, record.Scalar{Name: record.OptimLearningRate, Value: 0},
			record.Scalar{Name: record.EvalReturnMean, Value: -123.456}),
		row(1<<40, record.Scalar{Name: record.EvalReturnMean, Value: math.Inf(1)},
			record.Scalar{Name: record.TimeSeconds, Value: 1e300}),
		row(1<<40, record.Scalar{Name: record.OptimLearningRate, Value: math.NaN()}),
	}
	rows[1].AddHistogram(ratios(1))
	rows[3].AddHistogram(ratios(0))
	for _, sent := range rows {
		if err := r.Record(sent); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes differ from the golden %d:\n%q\n%q", len(got), len(want), got, want)
	}
}

func TestTensorBoardTellsTimeAndMeaningOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), record.TensorBoardFile)
	r, err := record.NewTensorBoard(path, ticking())
	if err != nil {
		t.Fatal(err)
	}
	for step := range int64(2) {
		if err := r.Record(row(step, record.Scalar{Name: record.PolicyKL, Value: 1})); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	events, err := readEvents(data)
	if err != nil || len(events) != 3 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	for i, e := range events {
		if want := 1_700_000_000 + 0.25*float64(i+1); e.wallTime != want {
			t.Errorf("event %d at %v, want %v", i, e.wallTime, want)
		}
	}
	metric, err := record.Find(record.PolicyKL)
	if err != nil {
		t.Fatal(err)
	}
	text := events[1].meaning[record.PolicyKL]
	if !strings.HasPrefix(text, metric.Meaning) || !strings.Contains(text, metric.Unit) {
		t.Errorf("description %q lacks the meaning or the unit", text)
	}
	if len(events[2].meaning) != 0 {
		t.Errorf("the description is repeated: %v", events[2].meaning)
	}
}

func TestTensorBoardDetectsDamage(t *testing.T) {
	data, err := os.ReadFile("testdata/events.out.tfevents.golden")
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		damaged := bytes.Clone(data)
		damaged[i] ^= 0x10
		if _, err := readEvents(damaged); err == nil {
			t.Fatalf("a flipped bit in byte %d went unnoticed", i)
		}
	}
}

func TestNewTensorBoardRefusesANameTensorBoardSkips(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tfevents", "metrics.tb")
	_, err := record.NewTensorBoard(path, time.Now)
	if err == nil || !strings.Contains(err.Error(), `contain "tfevents"`) {
		t.Errorf("error %v does not say what the name must contain", err)
	}
}

func TestNewTensorBoardNeedsAClock(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic without a clock")
		}
	}()
	record.NewTensorBoard(filepath.Join(t.TempDir(), record.TensorBoardFile), nil)
}
