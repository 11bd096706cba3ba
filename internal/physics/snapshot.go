package physics

import (
	"encoding/binary"
	"errors"
)

// scalars are the parts of a world that are not lists, and the lengths of those
// that are. A world is written as its scalars and then its lists in the order of
// the lengths, little-endian, field by field. What lives only within a step is left
// out.
type scalars struct {
	Bodies, Fixtures, Points, Joints, Contacts, Nodes, Moved uint32

	Gravity                   Vec
	Warm                      float32
	FirstContact, FreeContact int32
	Root, Free                int32
	NewFixture                bool
}

// AppendBinary implements [encoding.BinaryAppender]: it appends the state of the
// world between two steps to b. The error is always nil.
func (w *World) AppendBinary(b []byte) ([]byte, error) {
	s := scalars{
		uint32(len(w.bodies)), uint32(len(w.fixtures)), uint32(len(w.points)), uint32(len(w.joints)),
		uint32(len(w.contacts)), uint32(len(w.tree.Nodes)), uint32(len(w.moved)),
		w.gravity, w.warm, w.firstContact, w.freeContact, w.tree.Root, w.tree.Free, w.newFixture,
	}
	for _, part := range []any{s, w.bodies, w.fixtures, w.points, w.normals, w.joints, w.contacts, w.tree.Nodes, w.moved} {
		var err error
		if b, err = binary.Append(b, binary.LittleEndian, part); err != nil {
			panic("physics: a part of the world is not plain data")
		}
	}
	return b, nil
}

// UnmarshalBinary implements [encoding.BinaryUnmarshaler]: w continues where the
// world stood that wrote b, which must be unchanged. If b has the wrong length, w
// is left as it was and the error says so; more is not checked.
func (w *World) UnmarshalBinary(b []byte) error {
	var s scalars
	n, err := binary.Decode(b, binary.LittleEndian, &s)
	if err != nil || len(b)-n != s.size() {
		return errors.New("physics: snapshot of a world has the wrong length")
	}
	b = b[n:]
	read(&w.bodies, &b, s.Bodies)
	read(&w.fixtures, &b, s.Fixtures)
	read(&w.points, &b, s.Points)
	read(&w.normals, &b, s.Points)
	read(&w.joints, &b, s.Joints)
	read(&w.contacts, &b, s.Contacts)
	read(&w.tree.Nodes, &b, s.Nodes)
	read(&w.moved, &b, s.Moved)
	w.gravity, w.warm = s.Gravity, s.Warm
	w.firstContact, w.freeContact = s.FirstContact, s.FreeContact
	w.tree.Root, w.tree.Free, w.newFixture = s.Root, s.Free, s.NewFixture
	w.moving = w.moving[:0]
	for i := range w.bodies {
		if w.bodies[i].Moving {
			w.moving = append(w.moving, int32(i))
		}
	}
	return nil
}

// size is the number of bytes that the lists take.
func (s *scalars) size() int {
	return int(s.Bodies)*binary.Size(body{}) + int(s.Fixtures)*binary.Size(fixture{}) +
		2*int(s.Points)*binary.Size(Vec{}) + int(s.Joints)*binary.Size(joint{}) +
		int(s.Contacts)*binary.Size(contact{}) + int(s.Nodes)*binary.Size(node{}) + int(s.Moved)*binary.Size(int32(0))
}

// read takes n elements from the front of b into list. There are as many.
func read[T any](list *[]T, b *[]byte, n uint32) {
	*list = resized(*list, int(n))
	size, err := binary.Decode(*b, binary.LittleEndian, *list)
	if err != nil {
		panic("physics: a part of the world is not plain data")
	}
	*b = (*b)[size:]
}
