package record

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// TensorBoardFile is the usual base name of an event file in a run folder.
// TensorBoard reads every file whose name contains "tfevents".
const TensorBoardFile = "events.out.tfevents.proximal"

// TensorBoard writes an event file that the program of that name shows: one
// event for each row, with its scalars as float32 and its histograms. The first
// time a metric occurs its unit and meaning go with it, so that TensorBoard can
// explain the chart. The zero value does not work; see [NewTensorBoard]. A TensorBoard is
// used by one goroutine at a time.
type TensorBoard struct {
	file
	now       func() time.Time
	described map[string]bool // metrics whose meaning is in the file
	event     []byte          // the event being encoded, reused
	summary   []byte          // the summary inside it, reused
	value     []byte          // the value inside that, reused
	content   []byte          // the histogram inside that, reused
}

// NewTensorBoard creates the file at path, whose base name must contain
// "tfevents", and writes its first event, which tells the version of the
// format. Every event carries the time that now returns; it is the only thing
// in the file that is not in the rows. A file that exists is an error and stays
// as it is. It panics if now is nil.
func NewTensorBoard(path string, now func() time.Time) (*TensorBoard, error) {
	if now == nil {
		panic("record: TensorBoard needs a clock")
	}
	if !strings.Contains(filepath.Base(path), "tfevents") {
		return nil, fmt.Errorf("event file %s: TensorBoard reads only names that contain \"tfevents\", such as %q",
			path, TensorBoardFile)
	}
	f, err := create(path)
	if err != nil {
		return nil, err
	}
	t := &TensorBoard{file: f, now: now, described: make(map[string]bool)}
	t.beginEvent(0)
	t.event = protowire.AppendTag(t.event, eventFileVersion, protowire.BytesType)
	t.event = protowire.AppendString(t.event, "brain.Event:2")
	t.buf = appendRecord(t.buf[:0], t.event)
	if err := t.begin(); err != nil {
		return nil, err
	}
	return t, nil
}

// Field numbers of the messages in an event file, from TensorFlow's
// event.proto and summary.proto.
const (
	eventWallTime    protowire.Number = 1 // double, seconds since 1970
	eventStep        protowire.Number = 2 // int64
	eventFileVersion protowire.Number = 3 // string
	eventSummary     protowire.Number = 5 // Summary

	summaryValue protowire.Number = 1 // repeated Summary.Value

	valueTag       protowire.Number = 1 // string
	valueSimple    protowire.Number = 2 // float
	valueHistogram protowire.Number = 5 // HistogramProto
	valueMetadata  protowire.Number = 9 // SummaryMetadata

	histogramMin    protowire.Number = 1 // double
	histogramMax    protowire.Number = 2 // double
	histogramNumber protowire.Number = 3 // double
	histogramLimits protowire.Number = 6 // packed double: upper ends of the buckets
	histogramCounts protowire.Number = 7 // packed double

	metadataPlugin      protowire.Number = 1 // PluginData
	metadataDescription protowire.Number = 3 // string
	metadataClass       protowire.Number = 4 // enum DataClass

	pluginName protowire.Number = 1 // string
)

// The DataClass of a metric. With it given, TensorBoard's fast loader keeps the
// description of a scalar, too.
const (
	classScalar = 1
	classTensor = 2 // what TensorBoard makes of a histogram
)

// Record writes one event.
func (t *TensorBoard) Record(row Row) error {
	if err := t.check(row); err != nil {
		return err
	}
	t.summary = t.summary[:0]
	for _, s := range row.Scalars {
		t.beginValue(s.Name)
		t.value = protowire.AppendTag(t.value, valueSimple, protowire.Fixed32Type)
		t.value = protowire.AppendFixed32(t.value, math.Float32bits(float32(s.Value)))
		t.endValue(s.Name)
	}
	for _, h := range row.Histograms {
		t.encode(h)
		t.beginValue(h.Name)
		t.value = protowire.AppendTag(t.value, valueHistogram, protowire.BytesType)
		t.value = protowire.AppendBytes(t.value, t.content)
		t.endValue(h.Name)
	}
	t.beginEvent(row.Step)
	t.event = protowire.AppendTag(t.event, eventSummary, protowire.BytesType)
	t.event = protowire.AppendBytes(t.event, t.summary)
	t.buf = appendRecord(t.buf[:0], t.event)
	return t.keep(row.Step)
}

// beginEvent starts event with the time and the step. A step of 0 is left out,
// as protocol buffers leave out every number that has its default.
func (t *TensorBoard) beginEvent(step int64) {
	now := t.now()
	seconds := float64(now.Unix()) + float64(now.Nanosecond())/1e9
	t.event = protowire.AppendTag(t.event[:0], eventWallTime, protowire.Fixed64Type)
	t.event = protowire.AppendFixed64(t.event, math.Float64bits(seconds))
	if step != 0 {
		t.event = protowire.AppendTag(t.event, eventStep, protowire.VarintType)
		t.event = protowire.AppendVarint(t.event, uint64(step))
	}
}

// beginValue starts value with the name of its metric.
func (t *TensorBoard) beginValue(name string) {
	t.value = protowire.AppendTag(t.value[:0], valueTag, protowire.BytesType)
	t.value = protowire.AppendString(t.value, name)
}

// endValue adds value to the summary, with what the metric means if it is the
// first of its name.
func (t *TensorBoard) endValue(name string) {
	if !t.described[name] {
		t.described[name] = true
		t.value = protowire.AppendTag(t.value, valueMetadata, protowire.BytesType)
		t.value = protowire.AppendBytes(t.value, describe(metrics[position[name]]))
	}
	t.summary = protowire.AppendTag(t.summary, summaryValue, protowire.BytesType)
	t.summary = protowire.AppendBytes(t.summary, t.value)
}

// encode writes a histogram to content. Its outer bins, which have no end, are
// drawn as wide as the others, so what is given as the extremes are their ends.
// The sums over the values and their squares, which TensorBoard does not read,
// are left out.
func (t *TensorBoard) encode(h Histogram) {
	t.content = t.content[:0]
	t.appendDouble(histogramMin, h.Edge(-1))
	t.appendDouble(histogramMax, h.Edge(h.Bins()+1))
	t.appendDouble(histogramNumber, float64(h.Total()))
	size := uint64(8 * len(h.Counts))
	t.content = protowire.AppendTag(t.content, histogramLimits, protowire.BytesType)
	t.content = protowire.AppendVarint(t.content, size)
	for i := range h.Counts {
		t.content = protowire.AppendFixed64(t.content, math.Float64bits(h.Edge(i)))
	}
	t.content = protowire.AppendTag(t.content, histogramCounts, protowire.BytesType)
	t.content = protowire.AppendVarint(t.content, size)
	for _, n := range h.Counts {
		t.content = protowire.AppendFixed64(t.content, math.Float64bits(float64(n)))
	}
}

// appendDouble appends a field to content. Zero is left out, as protocol buffers
// leave out every number that has its default.
func (t *TensorBoard) appendDouble(field protowire.Number, v float64) {
	if bits := math.Float64bits(v); bits != 0 {
		t.content = protowire.AppendTag(t.content, field, protowire.Fixed64Type)
		t.content = protowire.AppendFixed64(t.content, bits)
	}
}

// describe encodes what TensorBoard should know about a metric: what shows it,
// and what it means.
func describe(metric Metric) []byte {
	name, class := "scalars", uint64(classScalar)
	if metric.Histogram {
		name, class = "histograms", classTensor
	}
	plugin := protowire.AppendTag(nil, pluginName, protowire.BytesType)
	plugin = protowire.AppendString(plugin, name)
	metadata := protowire.AppendTag(nil, metadataPlugin, protowire.BytesType)
	metadata = protowire.AppendBytes(metadata, plugin)
	metadata = protowire.AppendTag(metadata, metadataDescription, protowire.BytesType)
	metadata = protowire.AppendString(metadata, metric.Meaning+" Unit: "+metric.Unit+".")
	metadata = protowire.AppendTag(metadata, metadataClass, protowire.VarintType)
	return protowire.AppendVarint(metadata, class)
}

// appendRecord appends data in the frame of an event file:
//
//	length u64 | masked CRC of length u32 | data | masked CRC of data u32
//
// all little-endian.
func appendRecord(dst, data []byte) []byte {
	start := len(dst)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(len(data)))
	dst = binary.LittleEndian.AppendUint32(dst, maskedCRC(dst[start:]))
	dst = append(dst, data...)
	return binary.LittleEndian.AppendUint32(dst, maskedCRC(data))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// maskedCRC returns the CRC-32C of data, rotated right by 15 bits and moved by
// a constant, so that the CRC of bytes that contain a CRC stays useful.
func maskedCRC(data []byte) uint32 {
	crc := crc32.Checksum(data, castagnoli)
	return (crc>>15 | crc<<17) + 0xa282ead8
}
