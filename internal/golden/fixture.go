package golden

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// Float32s are numbers in a fixture: an array whose elements are numbers or
// strings ("0x1.8p-3" as Python's float.hex writes it, "nan", "-inf"), or one
// base64 string of little-endian float32. Decimals are rounded once, to
// float32. The zero value is empty; safe for concurrent reading.
type Float32s []float32

// Float64s are numbers in a fixture as [Float32s] are, in double precision.
type Float64s []float64

// Hex is a string of bytes in hexadecimal. The zero value is empty; safe for
// concurrent reading.
type Hex []byte

// UnmarshalJSON implements [json.Unmarshaler].
func (f *Float32s) UnmarshalJSON(text []byte) error {
	raw, elements, err := block(text, 4)
	if err != nil {
		return err
	}
	*f = make(Float32s, 0, len(elements)+len(raw)/4)
	for ; len(raw) > 0; raw = raw[4:] {
		*f = append(*f, math.Float32frombits(binary.LittleEndian.Uint32(raw)))
	}
	for _, e := range elements {
		x, err := number(e, 32)
		if err != nil {
			return err
		}
		*f = append(*f, float32(x))
	}
	return nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (f *Float64s) UnmarshalJSON(text []byte) error {
	raw, elements, err := block(text, 8)
	if err != nil {
		return err
	}
	*f = make(Float64s, 0, len(elements)+len(raw)/8)
	for ; len(raw) > 0; raw = raw[8:] {
		*f = append(*f, math.Float64frombits(binary.LittleEndian.Uint64(raw)))
	}
	for _, e := range elements {
		x, err := number(e, 64)
		if err != nil {
			return err
		}
		*f = append(*f, x)
	}
	return nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (h *Hex) UnmarshalJSON(text []byte) error {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	raw, err := hex.DecodeString(s)
	*h = raw
	return err
}

// block reads either a base64 string of whole elements or an array.
func block(text []byte, size int) (raw []byte, elements []json.RawMessage, err error) {
	if len(text) == 0 || text[0] != '"' {
		return nil, elements, json.Unmarshal(text, &elements)
	}
	var encoded string
	if err := json.Unmarshal(text, &encoded); err != nil {
		return nil, nil, err
	}
	raw, err = base64.StdEncoding.DecodeString(encoded)
	if err == nil && len(raw)%size != 0 {
		err = fmt.Errorf("a block of %d bytes does not hold elements of %d", len(raw), size)
	}
	return raw, nil, err
}

// number reads one element of an array.
func number(text json.RawMessage, bits int) (float64, error) {
	s := string(text)
	if len(s) > 0 && s[0] == '"' {
		if err := json.Unmarshal(text, &s); err != nil {
			return 0, err
		}
	}
	if s == "null" {
		return 0, errors.New("null is no number")
	}
	return strconv.ParseFloat(s, bits)
}
