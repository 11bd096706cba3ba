// Command _gen writes the assembly of package kernel: one file of instructions and
// one of Go declarations for each level.
//
//go:generate go run . -level avx512 -out ../avx512_amd64.s -stubs ../avx512_amd64.go -pkg kernel
//go:generate go run . -level avx2 -out ../avx2_amd64.s -stubs ../avx2_amd64.go -pkg kernel
//go:generate go run . -level neon
package main

import (
	"flag"
	"log"

	"github.com/mmcloughlin/avo/build"
)

func main() {
	level := flag.String("level", "", "avx512, avx2 or neon")
	flag.Parse()
	var m machine
	switch *level {
	case "avx512":
		m = avx512
	case "avx2":
		m = avx2
	case "neon":
		if err := writeNEON(); err != nil {
			log.Fatal(err)
		}
		return
	default:
		log.Fatalf("no level %q", *level)
	}
	build.ConstraintExpr("amd64,!noasm")
	m.strip()
	m.narrow()
	m.transpose()
	m.copyLines()
	m.elements()
	m.reductions()
	m.softmax()
	m.language()
	m.distributions()
	if !m.wide {
		m.columnMoments()
		m.standardize()
	}
	m.rows()
	m.attention()
	m.saturate()
	build.Generate()
}

func writeNEON() error {
	var a neon
	a.strip()
	a.narrow()
	a.transpose()
	a.copyLines()
	a.elements()
	a.reductions()
	a.shortRows()
	a.language()
	a.distributions()
	a.columnMoments()
	a.standardize()
	a.saturate()
	return a.save()
}
