package checkpoint

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
)

const (
	metadataKey = "__metadata__"
	format      = "proximal-checkpoint"
	version     = 1

	lengthSize   = 8  // of the header's length, which begins the file
	alignment    = 64 // of the first tensor
	beginning    = `{"` + metadataKey + `":{"checksum":"`
	checksumAt   = lengthSize + len(beginning)
	checksumSize = 2 * sha256.Size
)

// metadata is what the header says about the file, in the order of the file.
type metadata struct {
	Checksum string `json:"checksum"`
	Format   string `json:"format"`
	State    string `json:"state"`
	Version  string `json:"version"`
}

// entry is what the header says about a tensor.
type entry struct {
	Kind    kind   `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

// Save writes the checkpoint to the file path, replacing it if it exists. A
// reader, or a crash at any moment, finds either the old file or the new one
// under that name; at worst a file called .NAME.….partial stays beside it, which
// is safe to delete. Concurrent saves to the same path are in order: one wins.
func (c *Checkpoint) Save(path string) error {
	if err := c.replace(path); err != nil {
		return fmt.Errorf("save checkpoint: %w", err)
	}
	return nil
}

// replace writes a new file beside path and gives it that name once it is
// safely on the disk.
func (c *Checkpoint) replace(path string) error {
	folder, name := filepath.Split(path)
	folder = cmp.Or(folder, ".")
	partial := filepath.Join(folder, "."+name+"."+rand.Text()+".partial")
	file, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	err = c.write(file)
	if err == nil {
		err = file.Sync()
	}
	err = cmp.Or(err, file.Close())
	if err == nil {
		err = os.Rename(partial, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(partial))
	}
	return syncFolder(folder)
}

// syncFolder makes the names in a folder last, where the system lets it.
func syncFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be opened; a rename is on the disk when it returns
	}
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) {
		return err // EINVAL: a file system without folders to sync
	}
	return nil
}

// write writes the whole file.
func (c *Checkpoint) write(w io.Writer) error {
	head, names := c.head()
	sum := sha256.New()
	sum.Write(head)
	for _, name := range names {
		sum.Write(c.tensors[name].data)
	}
	hex.Encode(head[checksumAt:], sum.Sum(nil))
	if _, err := w.Write(head); err != nil {
		return err
	}
	for _, name := range names {
		if _, err := w.Write(c.tensors[name].data); err != nil {
			return err
		}
	}
	return nil
}

// head returns what stands before the tensors, with zeros for the checksum,
// and the names of the tensors in the order of the file.
func (c *Checkpoint) head() (head []byte, names []string) {
	names = slices.SortedFunc(maps.Keys(c.tensors), func(a, b string) int {
		return cmp.Or(sizes[c.tensors[b].kind]-sizes[c.tensors[a].kind], cmp.Compare(a, b))
	})
	var b bytes.Buffer
	b.Write(make([]byte, lengthSize))
	b.WriteString(`{"` + metadataKey + `":`)
	b.Write(text(c.metadata()))
	end := 0
	for _, name := range names {
		t := c.tensors[name]
		begin := end
		end += len(t.data)
		b.WriteByte(',')
		b.Write(text(name))
		b.WriteByte(':')
		b.Write(text(entry{t.kind, append([]int{}, t.shape...), [2]int{begin, end}}))
	}
	b.WriteByte('}')
	for b.Len()%alignment != 0 {
		b.WriteByte(' ')
	}
	head = b.Bytes()
	binary.LittleEndian.PutUint64(head, uint64(len(head)-lengthSize))
	return head, names
}

// metadata describes the file, with zeros for the checksum.
func (c *Checkpoint) metadata() metadata {
	state := "{}"
	if len(c.state) > 0 {
		state = string(text(c.state))
	}
	return metadata{string(bytes.Repeat([]byte("0"), checksumSize)), format, state, fmt.Sprint(version)}
}

// text is the JSON of something that always has one.
func text(v any) []byte {
	b, err := marshal(v)
	if err != nil {
		panic("checkpoint: header has no JSON form")
	}
	return b
}
