package seed

import (
	"bytes"
	"encoding"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var (
	_ encoding.BinaryAppender    = (*Rand)(nil)
	_ encoding.BinaryMarshaler   = (*Rand)(nil)
	_ encoding.BinaryUnmarshaler = (*Rand)(nil)
)

// sameDraws fails the test unless a and b draw alike, 32-bit halves included.
func sameDraws(t interface{ Fatalf(string, ...any) }, a, b *Rand) {
	for i := range 5 {
		if x, y := a.Uint32(), b.Uint32(); x != y {
			t.Fatalf("32-bit draw %d is %#x and %#x", i, x, y)
		}
		if x, y := a.Uint64(), b.Uint64(); x != y {
			t.Fatalf("64-bit draw %d is %#x and %#x", i, x, y)
		}
	}
}

func TestStateRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Stream(rapid.Uint64().Draw(t, "run"), rapid.String().Draw(t, "name"), rapid.IntRange(0, math.MaxInt).Draw(t, "index"))
		for range rapid.IntRange(0, 9).Draw(t, "draws") {
			r.Uint32()
		}
		b, err := r.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var restored Rand
		if err := restored.UnmarshalBinary(b); err != nil {
			t.Fatal(err)
		}
		if restored != *r {
			t.Fatalf("restored %+v, was %+v", restored, *r)
		}
		sameDraws(t, &restored, r)
	})
}

func TestCloneGoesItsOwnWay(t *testing.T) {
	r := New(8)
	r.Uint32() // leaves a half
	clone, assigned := r.Clone(), *r
	reference := New(8)
	reference.Uint32()
	sameDraws(t, clone, reference.Clone())
	sameDraws(t, &assigned, reference.Clone())
	sameDraws(t, r, reference)
}

func TestMalformedStateIsRefused(t *testing.T) {
	good, err := New(4).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	const increment, flag = len(stateTag) + 31, len(stateTag) + 32
	changed := func(at int, to byte) []byte {
		b := bytes.Clone(good)
		b[at] = to
		return b
	}
	for _, c := range []struct {
		name    string
		state   []byte
		message string
	}{
		{"nothing", nil, "0 bytes, must be 45"},
		{"too short", good[:len(good)-1], "44 bytes, must be 45"},
		{"too long", append(bytes.Clone(good), 0), "46 bytes, must be 45"},
		{"other tag", changed(0, 'P'), `begins with "Pcg64.1:", must be "pcg64.1:"`},
		{"even increment", changed(increment, good[increment]&^1), "even increment"},
		{"unknown flag", changed(flag, 2), "flag 2"},
		{"half without flag", changed(len(good)-1, 7), "kept half 0x7 without its flag"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := New(4)
			err := r.UnmarshalBinary(c.state)
			if err == nil || !strings.HasPrefix(err.Error(), "seed: ") || !strings.Contains(err.Error(), c.message) {
				t.Errorf("error %v, want one with %q", err, c.message)
			}
			sameDraws(t, r, New(4)) // untouched
		})
	}
}

func FuzzUnmarshalBinary(f *testing.F) {
	r := New(6)
	for range 2 {
		b, err := r.MarshalBinary()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(b[:20])
		r.Uint32()
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := New(6)
		if r.UnmarshalBinary(b) != nil {
			sameDraws(t, r, New(6)) // refused: untouched
			return
		}
		if again, err := r.MarshalBinary(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x was read as the state %x, error %v", b, again, err)
		}
		r.Normal()
		r.Integers(0, 10)
	})
}
