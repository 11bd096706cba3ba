package main

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"strings"
)

// A neon writes the assembly for arm64, whose vectors hold four float32. Go's
// assembler has no names for most vector instructions: those are written as
// words, with their meaning beside them.
type neon struct {
	text, stubs strings.Builder
	offsets     map[string]int // of the parameters of the function under way
	integers    int            // general registers that it has taken
	taken       [32]bool       // its vector registers
	constants   map[uint32]*vector
	onConstant  func(u uint32) // is told of every constant that is new
	block       []instruction  // not written yet: registers are chosen when all of it is known
}

// A vector is a value in a register. Pinned ones have theirs until they are
// released, others from the instruction that writes them to the last that reads
// them, which must follow without a label or a jump between.
type vector struct {
	number int
	pinned bool
}

// Asm is the name of the register in Go's assembler.
func (v *vector) Asm() string { return fmt.Sprintf("V%d", v.number) }

// An instruction reads some vectors and writes at most one.
type instruction struct {
	to    *vector
	from  []*vector
	tied  bool // it changes from[0], whose place to takes
	write func(to int, from []int) string
}

// pin returns a register that stays until release.
func (a *neon) pin() *vector { return &vector{a.take(), true} }

func (a *neon) pins(n int) []*vector {
	all := make([]*vector, n)
	for i := range all {
		all[i] = a.pin()
	}
	return all
}

func (a *neon) take() int {
	for i, taken := range a.taken {
		if !taken {
			a.taken[i] = true
			return i
		}
	}
	panic("neon: no vector register is free")
}

func (a *neon) release(all ...*vector) {
	a.flush()
	for _, v := range all {
		a.taken[v.number] = false
	}
}

// record adds an instruction to the block and returns what it writes.
func (a *neon) record(tied bool, write func(to int, from []int) string, from ...value) *vector {
	in := instruction{to: &vector{number: -1}, tied: tied, write: write}
	for _, v := range from {
		in.from = append(in.from, v.(*vector))
	}
	a.block = append(a.block, in)
	return in.to
}

// effect adds an instruction that writes no vector.
func (a *neon) effect(write func(to int, from []int) string, from ...value) {
	*a.record(false, write, from...) = vector{noRegister, true}
}

const noRegister = 32

// flush chooses registers for the block and writes it.
func (a *neon) flush() {
	last := map[*vector]int{}
	for i, in := range a.block {
		for _, v := range in.from {
			if v.number >= 0 && !v.pinned {
				panic("neon: a value is read behind the block that it belongs to")
			}
			last[v] = i
		}
	}
	for i, in := range a.block {
		ends := func(v *vector) bool { return !v.pinned && last[v] == i }
		var from []int
		for _, v := range in.from {
			from = append(from, v.number)
		}
		if in.tied {
			in.to.number = from[0]
			if !ends(in.from[0]) {
				in.to.number = a.take()
				a.line("%s", move(in.to.number, from[:1]))
			}
		}
		for k, v := range in.from {
			if ends(v) && from[k] != in.to.number {
				a.taken[from[k]] = false
			}
		}
		if in.to.number < 0 {
			in.to.number = a.take()
		}
		a.line("%s", in.write(in.to.number, from))
		if _, read := last[in.to]; !read && !in.to.pinned {
			a.taken[in.to.number] = false
		}
	}
	a.block = a.block[:0]
}

// line writes a line of text inside a function.
func (a *neon) line(format string, arguments ...any) {
	fmt.Fprintf(&a.text, "\t"+format+"\n", arguments...)
}

// do writes an instruction that is no part of a block, after the block.
func (a *neon) do(format string, arguments ...any) {
	a.flush()
	a.line(format, arguments...)
}

func (a *neon) label(name string) {
	a.flush()
	fmt.Fprintf(&a.text, "%s:\n", name)
}

// word is an instruction with its encoding.
func word(code uint32, format string, arguments ...any) string {
	return fmt.Sprintf("WORD $0x%08x // %s", code, fmt.Sprintf(format, arguments...))
}

// three is an instruction of three vectors of four lanes.
func three(name string, code uint32, lanes string) func(to int, from []int) string {
	return func(to int, from []int) string {
		n, m := from[len(from)-2], from[len(from)-1]
		return word(code|uint32(m<<16|n<<5|to), "%s v%d.%s, v%d.%s, v%d.%s", name, to, lanes, n, lanes, m, lanes)
	}
}

// two is an instruction of two vectors of four lanes.
func two(name string, code uint32, rest string) func(to int, from []int) string {
	return func(to int, from []int) string {
		return word(code|uint32(from[0]<<5|to), "%s v%d.4s, v%d.4s%s", name, to, from[0], rest)
	}
}

func move(to int, from []int) string {
	return fmt.Sprintf("VMOV V%d.B16, V%d.B16", from[0], to)
}

// function begins a function whose name ends in that of the level.
func (a *neon) function(name, signature, doc string) {
	name += "NEON"
	file, err := parser.ParseFile(token.NewFileSet(), "", "package p; func f"+signature, 0)
	if err != nil {
		panic(err)
	}
	a.offsets, a.integers, a.constants = map[string]int{}, 0, nil
	clear(a.taken[:])
	at := 0
	for _, field := range file.Decls[0].(*ast.FuncDecl).Type.Params.List {
		for _, parameter := range field.Names {
			size, align := 8, 8
			switch t := field.Type.(type) {
			case *ast.ArrayType:
				size = 24
			case *ast.Ident:
				if t.Name == "float32" {
					size, align = 4, 4
				}
			}
			at = (at + align - 1) / align * align
			a.offsets[parameter.Name] = at
			at += size
		}
	}
	fmt.Fprintf(&a.text, "\n// func %s%s\nTEXT ·%s(SB), NOSPLIT, $0-%d\n", name, signature, name, at)
	for _, line := range strings.Split(fmt.Sprintf(doc, name), "\n") {
		fmt.Fprintf(&a.stubs, "%s\n", strings.TrimRight("// "+line, " "))
	}
	fmt.Fprintf(&a.stubs, "//\n//go:noescape\nfunc %s%s\n\n", name, signature)
}

// integer returns a general register.
func (a *neon) integer() string {
	n := a.integers
	a.integers++
	if n >= 18 {
		n++ // R18 belongs to the system
	}
	if n > 24 { // R25 is for constants; those above have their use in Go
		panic("neon: no general register is free")
	}
	return fmt.Sprintf("R%d", n)
}

// pointer loads a parameter of eight bytes; part is the part of a slice.
func (a *neon) pointer(name, part string) string {
	r := a.integer()
	a.reload(r, name, part)
	return r
}

func (a *neon) reload(r, name, part string) {
	offset := a.offsets[name]
	switch part {
	case "base":
		name += "_base"
	case "len":
		name, offset = name+"_len", offset+8
	}
	a.do("MOVD %s+%d(FP), %s", name, offset, r)
}

// bytes loads a parameter that counts float32 and makes it count bytes.
func (a *neon) bytes(name string) string {
	r := a.pointer(name, "")
	a.do("LSL $2, %s, %s", r, r)
	return r
}

// parameter is a float32 parameter in every lane, pinned.
func (a *neon) parameter(name string) *vector {
	v := a.pin()
	a.do("MOVWU %s+%d(FP), R25", name, a.offsets[name])
	a.do("VDUP R25, %s.S4", v.Asm())
	return v
}

func (a *neon) finish() { a.do("RET") }

// withConstants writes what body writes behind the loads of the constants that
// it uses.
func (a *neon) withConstants(body func()) {
	a.flush()
	before := a.text.String()
	a.text.Reset()
	a.constants = map[uint32]*vector{}
	var order []uint32
	a.onConstant = func(u uint32) { order = append(order, u) }
	body()
	a.flush()
	inside := a.text.String()
	a.text.Reset()
	a.text.WriteString(before)
	for _, u := range order {
		a.line("MOVD $0x%08x, R25", u)
		a.line("VDUP R25, %s.S4", a.constants[u].Asm())
		a.taken[a.constants[u].number] = false
	}
	a.text.WriteString(inside)
	a.constants = nil
}

// save writes the two files.
func (a *neon) save() error {
	const head = "// Code generated by command: go run . -level neon. DO NOT EDIT.\n\n//go:build arm64 && !noasm\n\n"
	text := head + "#include \"textflag.h\"\n" + a.text.String()
	if err := os.WriteFile("../neon_arm64.s", []byte(text), 0o644); err != nil {
		return err
	}
	stubs, err := format.Source([]byte(head + "package kernel\n\n" + strings.TrimSpace(a.stubs.String()) + "\n"))
	if err != nil {
		return err
	}
	return os.WriteFile("../neon_arm64.go", stubs, 0o644)
}
